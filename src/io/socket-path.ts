import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The kernel allows 107 bytes on Linux and 103 on macOS. */
const LONGEST = 100;

/**
 * Where the Unix socket of a state folder is: in it, or, where that path is too long for the kernel, under a short
 * private folder by the hash of the long one, so that both ends find it.
 */
export function socketPath(folder: string, name: string): string {
  const path = join(folder, `${name}.sock`);
  if (Buffer.byteLength(path) <= LONGEST) return path;
  const uid = process.getuid?.() ?? 0;
  const short = join(tmpdir(), `sampan-${uid}`);
  mkdirSync(short, { recursive: true, mode: 0o700 });
  // Somebody else's folder of that name would let them answer in our place.
  if (statSync(short).uid !== uid) throw new Error(`${short} belongs to somebody else`);
  chmodSync(short, 0o700);
  return join(short, `${createHash("sha256").update(path).digest("hex").slice(0, 24)}.sock`);
}
