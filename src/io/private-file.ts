import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** Writes a new file that its owner alone may read. */
export function writePrivateFile(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  } finally {
    closeSync(file);
  }
}

/** Its bytes; null: it is gone. */
export function readPrivateFile(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
