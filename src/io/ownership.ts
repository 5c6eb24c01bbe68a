import { chmodSync, chownSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Makes a folder that belongs to somebody (root only) and is closed to everybody else. */
export function makeFolderFor(path: string, owner: Readonly<{ uid: number; gid: number }> | null): void {
  makeFolder(path);
  if (owner !== null) chownSync(path, owner.uid, owner.gid);
}

/** The folders from `path` up to the root that somebody who is neither owner nor in the group cannot go through. */
export function closedFolders(path: string): readonly string[] {
  const closed: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) closed.push(folder);
    if (folder === dirname(folder)) return closed;
  }
}

/** Lets others go through a folder without letting them list it. */
export const openForPassage = (folder: string): void => chmodSync(folder, (statSync(folder).mode & 0o7777) | 0o111);
