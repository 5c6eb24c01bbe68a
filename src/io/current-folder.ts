import { readlinkSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Files that belong together: one that must survive a power loss, and others that can be made from it. */
export type FileSet = Readonly<{
  /** Which earlier sets nobody can want any more, by their names: one that is being written elsewhere is not among them. */
  outdated: (name: string) => boolean;
  synced: readonly [name: string, content: string];
  others: Readonly<Record<string, string>>;
}>;

/**
 * Replaces the files as one: written into a folder of their own, which the link `current` then names. A reader sees the old ones
 * or the new ones; after a power loss there are the old ones, the new ones, or none. The ones before stay until the next. Waits for
 * the disk without holding up the process.
 */
export async function replaceCurrent(
  folder: string,
  name: string,
  { synced, others, outdated }: FileSet,
): Promise<void> {
  makeFolder(folder);
  const own = join(folder, name);
  await rm(own, { recursive: true, force: true });
  await mkdir(own, { mode: 0o700 });
  const [file, content] = synced;
  for (const [other, text] of Object.entries(others)) await writeFile(join(own, other), text, { mode: 0o600 });
  await writeFile(join(own, file), content, { mode: 0o600, flush: true });
  const before = currentName(folder);
  await pointTo(folder, name);
  for (const other of await readdir(folder)) {
    if (!other.startsWith(PREFIX) || other === name || other === before || !outdated(other)) continue;
    await rm(join(folder, other), { recursive: true, force: true });
  }
}

/** Names that are given to `replaceCurrent` begin with this; others in the folder are left alone. */
export const PREFIX = "set-";

/** The set of files that `current` names; null before the first. */
export function currentName(folder: string): string | null {
  try {
    return readlinkSync(join(folder, "current"));
  } catch {
    return null;
  }
}

/** Makes an earlier set the current one again; null: none. */
export async function pointTo(folder: string, name: string | null): Promise<void> {
  const link = join(folder, "current");
  if (name === null) await rm(link, { force: true });
  else {
    const beside = `${link}.${name}.new`;
    await rm(beside, { force: true });
    await symlink(name, beside);
    await rename(beside, link);
  }
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
