import { join } from "node:path";
import { closure } from "../source/closure.ts";
import { type Buildable, folderOf } from "../source/source.ts";
import { packageManager } from "./package-manager.ts";
import { runLogged } from "./run-logged.ts";
import type { ScriptRun, Worktree } from "./worktree.ts";

/**
 * Runs a service's `test` or `build`: the fleet file's command, else the package's script by the workspace's package
 * manager. The packages of the workspace that it is made of are built first, each once; when one of them fails, its run is
 * the answer. Throws only when the signal aborts.
 */
export async function runPackageScript(
  call: Readonly<{
    worktree: Worktree;
    service: Buildable;
    script: "test" | "build";
    signal: AbortSignal;
    /** In addition to the worktree's. */
    env?: Readonly<Record<string, string>>;
    /** Milliseconds, for the script itself. */
    timeout?: number;
  }>,
): Promise<ScriptRun> {
  const { worktree, service } = call;
  const folder = folderOf(service);
  for (const needed of closure(worktree.source, folder).slice(0, -1)) {
    const ran = await buildOnce(worktree, needed, call.signal);
    if (ran.kind === "ran" && ran.exitCode !== 0) return ran;
  }
  return runIn(worktree, {
    folder,
    script: call.script,
    label: service.name,
    argv: service.build[call.script],
    signal: call.signal,
    env: call.env ?? {},
    timeout: call.timeout,
  });
}

function buildOnce(worktree: Worktree, folder: string, signal: AbortSignal): Promise<ScriptRun> {
  const begun = worktree.built.get(folder);
  if (begun !== undefined) return begun;
  const label = folder.replaceAll("/", "-");
  const run = runIn(worktree, { folder, script: "build", label, argv: null, signal, env: {} });
  worktree.built.set(folder, run);
  return run;
}

type RunIn = Readonly<{
  folder: string;
  script: "test" | "build";
  label: string;
  argv: readonly string[] | null;
  signal: AbortSignal;
  env: Readonly<Record<string, string>>;
  timeout?: number | undefined;
}>;

async function runIn(worktree: Worktree, what: RunIn): Promise<ScriptRun> {
  const { folder, script } = what;
  const scripts = worktree.source.packages.get(folder)?.manifest.scripts ?? {};
  if (what.argv === null && scripts[script] === undefined) return { kind: "absent", folder, script };
  const ran = await runLogged({
    argv: what.argv ?? [packageManager(worktree.source).name, "run", script],
    cwd: join(worktree.root, folder),
    env: { ...worktree.env, ...what.env },
    signal: what.signal,
    timeout: what.timeout,
    log: join(worktree.workshop.state, "logs", `${script}-${what.label}-${worktree.commit.slice(0, 12)}.log`),
  });
  return { kind: "ran", folder, ...ran };
}
