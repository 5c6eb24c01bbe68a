import { realpathSync, statSync } from "node:fs";

/** Where a file really lies, links followed, and its permissions; null: there is none. */
export function existingFile(path: string): Readonly<{ path: string; mode: number }> | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : { path: realpathSync(path), mode: found.mode & 0o777 };
}
