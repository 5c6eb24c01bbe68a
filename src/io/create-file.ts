import { open } from "node:fs/promises";

/** Writes a new file; false, and nothing changed, where something of that name is there already. */
export async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await using file = await open(path, "wx", 0o644);
    await file.writeFile(text);
    await file.sync();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
