import { statfsSync } from "node:fs";

/** Bytes that this user may still write to the file system of a folder; null when it cannot be known. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
