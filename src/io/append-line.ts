import { closeSync, fstatSync, openSync, truncateSync, writeSync } from "node:fs";

/** Appends one line; a file that has grown beyond `limit` bytes starts anew. */
export function appendLine(path: string, line: string, limit: number): void {
  const file = openSync(path, "a", 0o600);
  try {
    if (fstatSync(file).size > limit) truncateSync(path, 0);
    writeSync(file, `${line}\n`);
  } finally {
    closeSync(file);
  }
}
