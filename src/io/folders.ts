import { createHash } from "node:crypto";
import { constants, createReadStream, lstatSync, readdirSync, readlinkSync, renameSync, rmSync } from "node:fs";
import { cp, open, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder as makeFolderNow } from "./make-folder.ts";

export type Found = Readonly<{
  /** Relative to the folder, with forward slashes. */
  path: string;
  kind: "file" | "symlink" | "folder" | "other";
  /** Permission bits. */
  mode: number;
  size: number;
  /** Where a symlink points, as it is written; empty for the rest. */
  target: string;
}>;

/** Everything under a folder, in one order on every machine; symlinks are named, not followed. `enter` may leave folders out. */
export function* walk(folder: string, enter: (path: string) => boolean = () => true): Generator<Found> {
  const open = [""];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const name of readdirSync(join(folder, at)).sort()) {
      const path = at === "" ? name : `${at}/${name}`;
      const stat = lstatSync(join(folder, path));
      const kind = stat.isFile() ? "file" : stat.isSymbolicLink() ? "symlink" : stat.isDirectory() ? "folder" : "other";
      const target = kind === "symlink" ? readlinkSync(join(folder, path)) : "";
      yield { path, kind, mode: stat.mode & 0o777, size: stat.size, target };
      if (kind === "folder" && enter(path)) open.push(path);
    }
  }
}

/** The names in a folder, sorted; none where there is no such folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

/** Milliseconds since the epoch when something was last changed; null where there is nothing. */
export const changedAt = (path: string): number | null => lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;

export const makeFolder = async (path: string): Promise<void> => {
  makeFolderNow(path);
};

/** Nothing there is success. */
export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });

export const removeNow = (path: string): void => rmSync(path, { recursive: true, force: true });

export const moveFolder = (from: string, to: string): void => renameSync(from, to);

/** Copies a folder's content without what is called one of `leaveOut`, anywhere in it; of symlinks, what they lead to. */
export const copyContent = (from: string, to: string, leaveOut: readonly string[]): Promise<void> =>
  cp(from, to, {
    recursive: true,
    dereference: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => path === from || !leaveOut.includes(basename(path)),
  });

/** SHA-256 (hex) of a file's bytes, read piece by piece. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(piece);
  return hash.digest("hex");
}

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

export const existsFolder = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
