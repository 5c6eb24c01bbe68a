import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { syncFolder } from "./files.ts";

/** Deletes a file so that a machine that loses power does not bring it back. Nothing there is success. */
export function removeDurably(path: string): void {
  rmSync(path, { force: true });
  syncFolder(dirname(path));
}
