import { readBlobs } from "./blobs.ts";
import { type GitAt, git } from "./git.ts";
import { readTree } from "./tree.ts";

/**
 * Files as a commit holds them, by their paths below the folder; null where there is none. Throws Refused where the commit is not in this repository.
 * `known`: where the folder lies in its repository (`Repository.prefix`); omitted: git is asked, once a file is.
 */
export function committedAt(at: GitAt, commit: string, known?: string): (file: string) => Promise<string | null> {
  return async (file) => {
    const prefix = known ?? (await prefixOf(at));
    const entry = (await readTree(at, { commit, prefix })).get(file);
    if (entry === undefined || !entry.mode.startsWith("100")) return null;
    return (await readBlobs(at, [entry.oid])).get(entry.oid) ?? null;
  };
}

/** A folder does not move while a command runs: git is asked once. */
const prefixes = new Map<string, Promise<string>>();

function prefixOf(at: GitAt): Promise<string> {
  const asked = prefixes.get(at.folder) ?? askPrefix(at);
  prefixes.set(at.folder, asked);
  asked.catch(() => prefixes.delete(at.folder));
  return asked;
}

async function askPrefix(at: GitAt): Promise<string> {
  const { stdout } = await git(at, { args: ["rev-parse", "--show-prefix"] });
  return stdout.toString("utf8").replace(/\n$/, "");
}
