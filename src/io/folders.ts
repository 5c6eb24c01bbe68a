import { open, readdir } from "node:fs/promises";

export type Entry = Readonly<{ name: string; kind: "file" | "folder" | "other" }>;

/** What is in a folder (links are `other`), sorted by name; null where there is no such folder. Other errors are thrown. */
export async function listFolder(path: string): Promise<readonly Entry[] | null> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .map((entry) => ({
        name: entry.name,
        kind: entry.isFile() ? ("file" as const) : entry.isDirectory() ? ("folder" as const) : ("other" as const),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

/** The bytes of a file, or null when it has more than `limit`: nothing larger is ever read into memory. */
export async function readAtMost(path: string, limit: number): Promise<Buffer | null> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    return size > limit ? null : await file.readFile();
  } finally {
    await file.close();
  }
}
