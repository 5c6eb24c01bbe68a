import { type GitAt, git } from "./git.ts";

/** The text of blobs by their ids, in one call. */
export async function readBlobs(at: GitAt, oids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const blobs = await readBlobBytes(at, oids);
  return new Map([...blobs].map(([oid, bytes]) => [oid, bytes.toString("utf8")]));
}

/** The same, byte for byte. */
export async function readBlobBytes(at: GitAt, oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const blobs = new Map<string, Buffer>();
  const wanted = [...new Set(oids)];
  if (wanted.length === 0) return blobs;
  const { stdout } = await git(at, { args: ["cat-file", "--batch"], input: `${wanted.join("\n")}\n` });
  let place = 0;
  while (place < stdout.length) {
    const end = stdout.indexOf(0x0a, place);
    const [oid = "", kind, size] = stdout.toString("utf8", place, end).split(" ");
    place = end + 1;
    if (kind !== "blob") continue;
    blobs.set(oid, stdout.subarray(place, place + Number(size)));
    place += Number(size) + 1;
  }
  return blobs;
}
