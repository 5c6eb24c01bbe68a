import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { syncFolder } from "./files.ts";
import { makeFolder } from "./make-folder.ts";

/**
 * Several files that belong together, replaced as one: written into a folder of their own, which the link `current` then names.
 * A reader, or a machine that loses power, sees the old ones or the new ones. The ones before stay until the next.
 */
export function replaceCurrent(folder: string, name: string, files: Readonly<Record<string, string>>): void {
  makeFolder(folder);
  const own = join(folder, name);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { mode: 0o700 });
  for (const [file, content] of Object.entries(files)) {
    const opened = openSync(join(own, file), "wx", 0o600);
    try {
      const bytes = Buffer.from(content);
      for (let at = 0; at < bytes.length; ) at += writeSync(opened, bytes, at);
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  }
  syncFolder(own);
  const before = currentName(folder);
  pointTo(folder, name);
  for (const other of readdirSync(folder)) {
    if (other.startsWith(PREFIX) && other !== name && other !== before)
      rmSync(join(folder, other), { recursive: true });
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
export function pointTo(folder: string, name: string | null): void {
  const link = join(folder, "current");
  if (name === null) rmSync(link, { force: true });
  else {
    const beside = `${link}.${process.pid}.new`;
    rmSync(beside, { force: true });
    symlinkSync(name, beside);
    renameSync(beside, link);
  }
  syncFolder(folder);
}
