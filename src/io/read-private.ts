import { readFileSync, statSync } from "node:fs";

/** The text of a file that only its owner can read; null where there is none, or others can read it as well. */
export function readPrivateText(path: string): string | null {
  try {
    const { mode } = statSync(path);
    return (mode & 0o077) === 0 ? readFileSync(path, "utf8") : null;
  } catch {
    return null;
  }
}
