import { readFileSync } from "node:fs";

/** The text of a small file, read in this very tick; null where there is none. */
export function readTextNow(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
