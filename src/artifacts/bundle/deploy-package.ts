import { join } from "node:path";
import { parse } from "yaml";
import { StepFault } from "../../fault.ts";
import { readTextIfThere } from "../../io/files.ts";
import { copyContent, removeFolder, removeNow, walk } from "../../io/folders.ts";
import { slicePnpmLock } from "../source/pnpm-lock.ts";
import { type Buildable, folderOf } from "../source/source.ts";
import { commandFault } from "../worktree/command-fault.ts";
import { runLogged } from "../worktree/run-logged.ts";
import type { Worktree } from "../worktree/worktree.ts";
import { bundledBy } from "./bundled-by.ts";
import { leadsOut } from "./content-hash.ts";

/**
 * Files are copied, never linked to the store or the worktree: a bundle must stay as it is when those change. All of the
 * service's folder goes in: migrations and contracts too, whatever `files` and .gitignore say. Shims name no paths of this machine.
 */
const SETTINGS = [
  "--config.package-import-method=clone-or-copy",
  "--config.deploy-all-files=true",
  "--config.extend-node-path=false",
];

/** Fills `into` with the service and its production dependencies, by `build.bundle` or `pnpm deploy`; without any, by copying. */
export async function deployPackage(
  call: Readonly<{ worktree: Worktree; service: Buildable; into: string; signal: AbortSignal }>,
): Promise<void> {
  const { worktree, service, into, signal } = call;
  const log = join(worktree.workshop.state, "logs", `bundle-${service.name}-${worktree.commit.slice(0, 12)}.log`);
  const cwd = join(worktree.root, folderOf(service));
  const what = `The bundle of ${service.name}`;
  const { bundle } = service.build;
  if (bundle !== null) {
    const env = { ...worktree.env, SAMPAN_BUNDLE: into };
    const ran = await runLogged({ argv: bundle, cwd, env, signal, log });
    if (ran.exitCode !== 0) throw commandFault({ code: "bundle-failed", what, ...ran });
    return;
  }
  if (bundledBy(worktree.source, service) === "copy") {
    await copyContent(cwd, into, ["node_modules", ".git"]);
    return;
  }
  const injected =
    worktree.source.lock.kind === "pnpm" && /injectWorkspacePackages: true/.test(worktree.source.lock.text);
  const deploy = ["deploy", "--prod", ...(injected ? [] : ["--legacy"]), into];
  // Offline first: all of it has just been installed. What was installed from a lock file alone may still lack the
  // registry's word on a shared package's dependencies; then pnpm may ask.
  for (const source of ["--offline", "--prefer-offline"]) {
    await removeFolder(into);
    const argv = ["pnpm", source, ...SETTINGS, "--filter", `./${folderOf(service)}`, ...deploy];
    const ran = await runLogged({ argv, cwd: worktree.root, env: worktree.env, signal, log });
    if (ran.exitCode === 0) break;
    if (source === "--prefer-offline" || !ran.output.includes("OFFLINE")) {
      throw commandFault({ code: "bundle-failed", what, ...ran });
    }
  }
  await checkVersions(worktree, service.name, into);
  tidy(into);
}

/** `pnpm deploy` resolves anew what a shared package needs; nothing but what the lock file names may come of it. */
async function checkVersions(worktree: Worktree, service: string, into: string): Promise<void> {
  const { lock } = worktree.source;
  const installed = await readTextIfThere(join(into, "node_modules", ".pnpm", "lock.yaml"));
  if (installed === null || lock.kind !== "pnpm") return;
  const known = slicePnpmLock(lock.text)?.packages ?? new Map(Object.entries(packagesOf(lock.text)));
  const strangers = Object.keys(packagesOf(installed)).filter((key) => !key.includes("@file:") && !known.has(key));
  if (strangers.length === 0) return;
  throw new StepFault({
    code: "bundle-not-locked",
    message: `The bundle of ${service} would hold ${strangers.slice(0, 3).join(", ")}, which pnpm-lock.yaml does not name`,
    evidence: strangers.join("\n"),
  });
}

const packagesOf = (text: string): Readonly<Record<string, unknown>> =>
  (parse(text) as { packages?: Record<string, unknown> } | null)?.packages ?? {};

/** Notes of pnpm to itself, with times and paths of this machine in them, and the one link that it makes back to the workspace. */
function tidy(bundle: string): void {
  const modules = join(bundle, "node_modules");
  for (const name of [".modules.yaml", ".pnpm-workspace-state-v1.json", ".pnpm-workspace-state.json"]) {
    removeNow(join(modules, name));
  }
  const hoisted = join(modules, ".pnpm", "node_modules");
  const isScope = (path: string) => path.startsWith("@") && !path.includes("/");
  for (const { path, kind, target } of walkIfThere(hoisted, isScope)) {
    if (kind === "symlink" && leadsOut(`node_modules/.pnpm/node_modules/${path}`, target))
      removeNow(join(hoisted, path));
  }
}

function walkIfThere(folder: string, enter: (path: string) => boolean) {
  try {
    return [...walk(folder, enter)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
