import { dirname, join } from "node:path";
import { syncFolder } from "../../io/files.ts";
import { existsFolder, makeFolder, moveFolder, removeFolder } from "../../io/folders.ts";

import { systemRandom } from "../../io/random.ts";
import { syncTree } from "../../io/sync-tree.ts";
import { linkEntry, writeEntry } from "../../io/write-entry.ts";
import { problem, Refused } from "../../problem.ts";
import { readBlobBytes } from "../git/blobs.ts";
import { type GitAt, tryGit } from "../git/git.ts";

export type ServiceFiles = Readonly<{
  /** Of the repository's fleet. */
  root: string;
  state: string;
  service: string;
  /** Git's id of the service's folder. */
  folder: string;
  /** For people: what it was built from. */
  commit: string;
  signal: AbortSignal;
}>;

/**
 * A folder with a service's own files as git has them under this id: an image's migrations and smoke commands are read from there.
 * Made once for each id, whole or not at all.
 */
export async function serviceFiles(of: ServiceFiles): Promise<string> {
  const final = join(of.state, "images", "files", of.service, of.folder);
  if (existsFolder(final)) return final;
  const here: GitAt = { folder: of.root, signal: of.signal };
  const listed = await tryGit(here, { args: ["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", of.folder] });
  if (listed.exitCode !== 0) {
    const what = `${of.service}: the files that its image was built from (commit ${of.commit.slice(0, 12)}) are not in this repository`;
    throw new Refused(
      [
        problem(
          "artifact-files-gone",
          what,
          "fetch that commit: `git fetch --all`, and with --unshallow where the clone is shallow",
        ),
      ],
      3,
    );
  }
  const entries = listed.stdout
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", kind, oid = ""] = line.slice(0, tab).split(" ");
      return tab === -1 || kind !== "blob" ? [] : [{ path: line.slice(tab + 1), mode, oid }];
    });
  const blobs = await readBlobBytes(
    here,
    entries.map(({ oid }) => oid),
  );
  const beside = join(dirname(final), `.unfinished-${systemRandom.hex(8)}`);
  try {
    await makeFolder(beside);
    for (const { path, mode, oid } of entries) {
      const bytes = blobs.get(oid) ?? Buffer.alloc(0);
      const at = join(beside, path);
      await makeFolder(dirname(at));
      if (mode === "120000") linkEntry(at, bytes.toString("utf8"));
      else writeEntry(at, bytes, mode === "100755" ? 0o755 : 0o644);
    }
    await syncTree(beside, of.signal);
    if (!existsFolder(final)) moveFolder(beside, final);
    syncFolder(dirname(final));
  } finally {
    await removeFolder(beside).catch(() => undefined);
  }
  return final;
}
