import { join } from "node:path";
import { sha256 } from "../../io/digest.ts";
import { readTextIfThere, writeDurably } from "../../io/files.ts";
import { removeNow } from "../../io/folders.ts";
import { runtime } from "../../io/runtime.ts";
import { problem, Refused } from "../../problem.ts";
import type { Source } from "../source/source.ts";
import { commandFault } from "./command-fault.ts";
import { packageManager } from "./package-manager.ts";
import { runLogged } from "./run-logged.ts";
import type { Worktree } from "./worktree.ts";

/** Installs what the lock file says, unless that is what the last installation in this worktree did. */
export async function install(worktree: Worktree): Promise<void> {
  const { source, workshop } = worktree;
  const { install: argv } = packageManager(source);
  if (argv === null) {
    refuseUnlocked(source);
    return;
  }
  const record = join(workshop.state, "worktree.installed");
  const wanted = stampOf(worktree, argv);
  if ((await readTextIfThere(record)) === wanted) return;
  removeNow(record);
  workshop.log(`${argv.join(" ")}`);
  const log = join(workshop.state, "logs", "install.log");
  const ran = await runLogged({ argv, cwd: worktree.root, env: worktree.env, signal: workshop.signal, log });
  if (ran.exitCode !== 0)
    throw commandFault({ code: "install-failed", what: "The installation of dependencies", ...ran });
  writeDurably(record, wanted);
}

/** What an installation depends on: manifests, lock file and settings as they are in the commit, and who installs. */
function stampOf(worktree: Worktree, argv: readonly string[]): string {
  const { tree, packages } = worktree.source;
  const settings =
    /^(?:pnpm-lock\.yaml|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-workspace\.yaml|package\.json|\.npmrc|\.yarnrc\.yml|\.pnpmfile\.[cm]?js|patches\/.*)$/;
  const manifests = new Set(
    [...packages.keys()].map((folder) => (folder === "" ? "package.json" : `${folder}/package.json`)),
  );
  const parts = [...tree].flatMap(([path, { oid }]) =>
    settings.test(path) || manifests.has(path) ? [[path, oid]] : [],
  );
  return sha256(JSON.stringify([argv, runtime().node.split(".")[0], worktree.root, parts.sort()]));
}

function refuseUnlocked(source: Source): void {
  const users = [...source.packages.values()].filter(
    ({ manifest }) => Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).length > 0,
  );
  if (users.length === 0) return;
  throw new Refused([
    problem(
      "no-lock-file",
      `${users[0]?.folder || "The root"} has dependencies, and the fleet's root has no lock file in this commit`,
      "Commit pnpm-lock.yaml (or package-lock.json, yarn.lock): a build takes exactly what it names",
    ),
  ]);
}
