import { randomBytes } from "node:crypto";
import { cp, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";

/**
 * Copies a folder whole to a place where everybody may read it, once: a copy that is there already is used again, if it is ours
 * and nobody else can write to it.
 */
export async function publishFolder(source: string, target: string): Promise<void> {
  const there = await stat(target).catch(() => null);
  if (there !== null) {
    if (there.uid !== process.getuid?.() || (there.mode & 0o022) !== 0) {
      throw new Error(`${target} is not ours alone to write to`);
    }
    return;
  }
  const beside = `${target}.${randomBytes(6).toString("hex")}`;
  makeFolder(dirname(target), 0o777);
  try {
    await mkdir(beside, { mode: 0o755 });
    await cp(source, beside, { recursive: true, verbatimSymlinks: true });
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    // Somebody else published it in the meantime.
    if ((await stat(target).catch(() => null)) === null) throw error;
  }
}
