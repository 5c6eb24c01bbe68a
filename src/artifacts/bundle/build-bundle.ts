import { dirname, join } from "node:path";
import { StepFault } from "../../fault.ts";
import { run } from "../../io/exec.ts";
import { syncFolder, writeDurably } from "../../io/files.ts";
import { changedAt, makeFolder, moveFolder, namesIn, removeFolder } from "../../io/folders.ts";
import { isoTime } from "../../io/iso-time.ts";
import { systemRandom } from "../../io/random.ts";
import { syncTree } from "../../io/sync-tree.ts";
import { type Buildable, folderOf } from "../source/source.ts";
import { BUNDLE_FORMAT, type TreeHash } from "../source/tree-hash.ts";
import { commandFault } from "../worktree/command-fault.ts";
import { runPackageScript } from "../worktree/run-script.ts";
import type { Worktree } from "../worktree/worktree.ts";
import { bundleFolder, UNFINISHED } from "./bundle-folder.ts";
import { contentHash } from "./content-hash.ts";
import { deployPackage } from "./deploy-package.ts";
import { type BundleManifest, MANIFEST } from "./manifest.ts";
import { splitCommand } from "./split-command.ts";

export type BundleOrder = Readonly<{
  fleet: string;
  service: Buildable;
  hash: TreeHash;
  /** What the manifest says; null: the package's own version. */
  version: string | null;
}>;

/**
 * Builds a service in the worktree and makes a bundle of it: beside its final folder first, renamed once all of it is on
 * the disk. Killed at any moment, it leaves a whole bundle or an unfinished folder that the next build removes.
 * Throws StepFaults: `build-failed`, `bundle-failed`, `unsafe-bundle`, `disk-full`, `tool-missing`.
 */
export async function buildBundle(
  worktree: Worktree,
  order: BundleOrder,
  signal: AbortSignal,
): Promise<BundleManifest> {
  const { service, hash } = order;
  const { state } = worktree.workshop;
  const final = bundleFolder({ state, service: service.name, artifact: hash.artifact });
  await removeUnfinished(dirname(final));
  const built = await runPackageScript({ worktree, service, script: "build", signal });
  if (built.kind === "ran" && built.exitCode !== 0) {
    const what = built.folder === folderOf(service) ? service.name : `${service.name} (in ${built.folder})`;
    throw commandFault({ code: "build-failed", what: `The build of ${what}`, ...built });
  }
  const beside = join(dirname(final), `${UNFINISHED}${systemRandom.hex(8)}`);
  try {
    await makeFolder(beside);
    await deployPackage({ worktree, service, into: beside, signal });
    if (namesIn(beside).length === 0) throw empty(service.name);
    const own = worktree.source.packages.get(folderOf(service))?.manifest;
    const manifest: BundleManifest = {
      formatVersion: BUNDLE_FORMAT,
      fleet: order.fleet,
      service: service.name,
      version: order.version ?? own?.version ?? "0.0.0",
      commit: worktree.commit,
      artifact: hash.artifact,
      tree: hash.tree,
      tools: await toolsOnce(worktree, signal),
      start: [...(splitCommand(own?.scripts.start ?? "") ?? [])],
      contentHash: await contentHash(beside, signal),
      createdAt: isoTime(worktree.workshop.clock.now()),
    };
    writeDurably(join(beside, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, 0o644);
    await syncTree(beside, signal);
    // What stands there without a manifest that can be read is no bundle.
    if (changedAt(final) !== null) moveFolder(final, join(dirname(final), `${UNFINISHED}${systemRandom.hex(8)}`));
    moveFolder(beside, final);
    syncFolder(dirname(final));
    return manifest;
  } catch (error) {
    await removeFolder(beside).catch(() => undefined);
    throw error;
  }
}

/** The caller holds the worktree, so whatever is unfinished here belongs to nobody who lives. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of namesIn(folder)) if (name.startsWith(UNFINISHED)) await removeFolder(join(folder, name));
}

const tools = new WeakMap<Worktree, Promise<Record<string, string>>>();

function toolsOnce(worktree: Worktree, signal: AbortSignal): Promise<Record<string, string>> {
  const asked = tools.get(worktree) ?? toolsOf(worktree, signal);
  tools.set(worktree, asked);
  return asked;
}

async function toolsOf(worktree: Worktree, signal: AbortSignal): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const tool of worktree.source.lock.kind === "pnpm" ? ["node", "pnpm"] : ["node"]) {
    const ran = await run({
      argv: [tool, "--version"],
      cwd: worktree.root,
      env: worktree.env,
      signal,
      timeout: 20_000,
    });
    if (ran.exitCode === 0) versions[tool] = ran.stdout.trim().replace(/^v/, "");
  }
  return versions;
}

const empty = (service: string): StepFault =>
  new StepFault({
    code: "bundle-failed",
    message: `The bundle of ${service} is empty: its command put nothing into SAMPAN_BUNDLE`,
  });
