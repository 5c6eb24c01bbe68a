import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * `writeDurably` for a process that must go on serving while the disk syncs. Calls for one path must follow one another.
 * Mode 0600.
 */
export async function replaceDurably(path: string, content: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  const file = await open(beside, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
