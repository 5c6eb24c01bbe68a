import { readBlobs } from "./blobs.ts";
import { type GitAt, git } from "./git.ts";
import { readTree } from "./tree.ts";

/**
 * Files as a commit holds them, by their paths below the folder; null where there is none. Throws Refused where the commit is not in this repository.
 * `known`: where the folder lies in its repository (`Repository.prefix`); omitted: git is asked, once a file is. It keeps the commit's list of files.
 */
export function committedAt(at: GitAt, commit: string, known?: string): (file: string) => Promise<string | null> {
  let tree: ReturnType<typeof readTree> | null = null;
  const read = async (): ReturnType<typeof readTree> => {
    const asked = known === undefined ? await git(at, { args: ["rev-parse", "--show-prefix"] }) : null;
    return readTree(at, { commit, prefix: known ?? asked?.stdout.toString("utf8").replace(/\n$/, "") ?? "" });
  };
  return async (file) => {
    tree ??= read();
    const entries = await tree.catch((error: unknown) => {
      // Whoever asks next may have more luck.
      tree = null;
      throw error;
    });
    const entry = entries.get(file);
    if (entry === undefined || !entry.mode.startsWith("100")) return null;
    return (await readBlobs(at, [entry.oid])).get(entry.oid) ?? null;
  };
}

/** The same for any commit: of each the list of files is read once. */
export function committedIn(at: GitAt): (commit: string) => ReturnType<typeof committedAt> {
  const known = new Map<string, ReturnType<typeof committedAt>>();
  return (commit) => {
    const reader = known.get(commit) ?? committedAt(at, commit);
    known.set(commit, reader);
    return reader;
  };
}
