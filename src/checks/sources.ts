import { readBlobs } from "../artifacts/git/blobs.ts";
import { type GitAt, git } from "../artifacts/git/git.ts";
import type { Tree } from "../artifacts/git/tree.ts";

/** Larger files are data, not what a person wrote. */
const LARGEST = 2 * 1024 * 1024;
/** Of blobs read in one call. */
const AT_ONCE = 32 * 1024 * 1024;

export type SourceFile = Readonly<{ path: string; text: string }>;

/** The committed text files that `wanted` accepts, and how many were left out because they are large or binary. */
export async function readSources(
  at: GitAt,
  of: Readonly<{ tree: Tree; wanted: (path: string) => boolean }>,
): Promise<Readonly<{ files: readonly SourceFile[]; left: number }>> {
  const entries = [...of.tree].filter(([path, entry]) => entry.mode.startsWith("100") && of.wanted(path));
  const sizes = await sizesOf(at, [...new Set(entries.map(([, entry]) => entry.oid))]);
  const small = entries.filter(([, entry]) => (sizes.get(entry.oid) ?? LARGEST + 1) <= LARGEST);
  const files: SourceFile[] = [];
  let batch: typeof entries = [];
  let bytes = 0;
  const flush = async () => {
    const texts = await readBlobs(
      at,
      batch.map(([, entry]) => entry.oid),
    );
    for (const [path, entry] of batch) {
      const text = texts.get(entry.oid);
      if (text !== undefined && !text.slice(0, 8192).includes("\0")) files.push({ path, text });
    }
    batch = [];
    bytes = 0;
  };
  for (const entry of small) {
    batch.push(entry);
    bytes += sizes.get(entry[1].oid) ?? 0;
    if (bytes > AT_ONCE) await flush();
  }
  await flush();
  return { files, left: entries.length - files.length };
}

async function sizesOf(at: GitAt, oids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (oids.length === 0) return new Map();
  const { stdout } = await git(at, {
    args: ["cat-file", "--batch-check=%(objectname) %(objectsize)"],
    input: `${oids.join("\n")}\n`,
  });
  const lines = stdout.toString("utf8").split("\n").filter(Boolean);
  return new Map(lines.map((line) => [line.split(" ")[0] ?? "", Number(line.split(" ")[1])]));
}

/** Is a path in one of these folders? `""` is the root. */
export const inFolders = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => folder === "" || path.startsWith(`${folder}/`));
