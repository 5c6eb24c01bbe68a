import { join } from "node:path";
import { makeFolder, removeNow } from "../../io/folders.ts";
import { type GitAt, git } from "../git/git.ts";

/**
 * Makes `folder` hold exactly what a commit has at the fleet's root, with nothing of git in it: what a Dockerfile may copy from. Only
 * what differs from the last time is written. The caller holds the state folder's lock.
 */
export async function exportCommit(
  at: Readonly<{ root: string; prefix: string; state: string; commit: string; signal: AbortSignal }>,
): Promise<string> {
  const folder = join(at.state, "images", "context");
  const index = join(at.state, "images", "context.index");
  await makeFolder(folder);
  removeNow(`${index}.lock`);
  const here: GitAt = { folder: at.root, signal: at.signal };
  const { stdout } = await git(here, { args: ["rev-parse", "--path-format=absolute", "--git-dir"] });
  const dirs = [`--git-dir=${stdout.toString("utf8").trim()}`, `--work-tree=${folder}`];
  const quietly = [
    ...dirs,
    "-c",
    "core.sparseCheckout=false",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.bare=false",
  ];
  const there: GitAt = { folder, signal: at.signal };
  const tree = `${at.commit}:${at.prefix.replace(/\/$/, "")}`;
  await git(there, { args: [...quietly, "read-tree", "--reset", "-u", tree], index });
  await git(there, { args: [...quietly, "clean", "-ffdxq"], index });
  return folder;
}
