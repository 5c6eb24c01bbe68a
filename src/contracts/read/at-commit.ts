import { readBlobs } from "../../artifacts/git/blobs.ts";
import type { GitAt } from "../../artifacts/git/git.ts";
import { readTree } from "../../artifacts/git/tree.ts";
import type { ReadText } from "./read-document.ts";

/** Files as a commit holds them, by their paths below `prefix`. Throws Refused where the commit is not in this repository. */
export const atCommit =
  (at: GitAt, from: Readonly<{ commit: string; prefix: string }>): ReadText =>
  async (file) => {
    const entry = (await readTree(at, from)).get(file);
    if (entry === undefined || !entry.mode.startsWith("100")) return null;
    return (await readBlobs(at, [entry.oid])).get(entry.oid) ?? null;
  };
