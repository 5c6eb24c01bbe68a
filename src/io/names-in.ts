import { readdirSync } from "node:fs";

/** The names in a folder, sorted; null where there is no such folder. Other errors are thrown. */
export function namesIn(path: string): readonly string[] | null {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
