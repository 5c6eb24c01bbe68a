import { join } from "node:path";
import { removeFolder, removeNow } from "../../io/folders.ts";
import { type GitAt, git, tryGit } from "../git/git.ts";

/** No hook of the user's repository takes part in a build, and no half checkout. */
const QUIETLY = [
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "core.sparseCheckout=false",
  "-c",
  "advice.detachedHead=false",
];

/**
 * Makes `folder` hold exactly the commit: what is not in it goes, ignored files too; only node_modules stays, for the
 * next installation to start from. The caller holds the folder's lock.
 */
export async function checkout(
  at: Readonly<{ root: string; folder: string; commit: string; signal: AbortSignal }>,
): Promise<void> {
  const owner: GitAt = { folder: at.root, signal: at.signal };
  const there: GitAt = { folder: at.folder, signal: at.signal };
  const [ours] = await gitFolders(owner);
  const [common, own] = await gitFolders(there).catch(() => ["", ""]);
  if (common === ours && own !== ours && own !== undefined) removeNow(join(own, "index.lock"));
  else {
    await removeFolder(at.folder);
    const add = ["worktree", "add", "--force", "--detach", "--no-checkout", "--", at.folder, at.commit];
    await git(owner, { args: [...QUIETLY, ...add] });
  }
  await git(there, { args: [...QUIETLY, "checkout", "--quiet", "--force", "--detach", at.commit, "--"] });
  await git(there, { args: ["clean", "-ffdxq", "-e", "node_modules"] });
}

/** The repository's common folder and that of this worktree, absolute; none when `at` is not the top of one. */
async function gitFolders(at: GitAt): Promise<readonly string[]> {
  const said = await tryGit(at, { args: ["rev-parse", "--path-format=absolute", "--git-common-dir", "--git-dir"] });
  return said.exitCode === 0 ? said.stdout.toString("utf8").trim().split("\n") : [];
}
