import { createHash } from "node:crypto";
import { chmodSync, lstatSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** sun_path holds 104 bytes on macOS and 108 on Linux, its closing zero included; HAProxy takes 97 at most. */
const LONGEST = 97;

/**
 * Where the Unix socket `name` of a folder lives: in the folder, or, when that path is too long for the kernel, in a
 * folder of its own under the temporary one, named by a hash and open to this user only. Both ends must call it with the
 * same absolute folder. Throws when that folder belongs to somebody else: a stranger could listen there.
 */
export function socketPath(folder: string, name: string): string {
  const path = join(folder, name);
  if (Buffer.byteLength(path) < LONGEST) return path;
  const uid = userInfo().uid;
  const short = join(tmpdir(), `sampan-${uid}-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`);
  makeFolder(short);
  const found = lstatSync(short);
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`${short} is not a folder of this user: remove it`);
  if ((found.mode & 0o077) !== 0) chmodSync(short, 0o700);
  return join(short, name);
}
