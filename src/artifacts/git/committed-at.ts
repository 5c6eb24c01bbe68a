import { readBlobs } from "./blobs.ts";
import { type GitAt, git } from "./git.ts";
import { readTree } from "./tree.ts";

/**
 * Files as a commit holds them, by their paths below the folder; null where there is none. Throws Refused where the commit is not in this repository.
 * `known`: where the folder lies in its repository (`Repository.prefix`); omitted: git is asked, once a file is.
 */
export function committedAt(at: GitAt, commit: string, known?: string): (file: string) => Promise<string | null> {
  let prefix: Promise<string> | null = known === undefined ? null : Promise.resolve(known);
  return async (file) => {
    prefix ??= git(at, { args: ["rev-parse", "--show-prefix"] }).then(({ stdout }) =>
      stdout.toString("utf8").replace(/\n$/, ""),
    );
    const entry = (await readTree(at, { commit, prefix: await prefix })).get(file);
    if (entry === undefined || !entry.mode.startsWith("100")) return null;
    return (await readBlobs(at, [entry.oid])).get(entry.oid) ?? null;
  };
}
