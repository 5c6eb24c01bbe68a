import { chmodSync, symlinkSync, writeFileSync } from "node:fs";

/** A new file with exactly this mode, whatever the umask. */
export function writeEntry(path: string, content: Uint8Array, mode: number): void {
  writeFileSync(path, content, { flag: "wx", mode });
  chmodSync(path, mode);
}

/** A symbolic link, written as it is given. */
export const linkEntry = (path: string, target: string): void => symlinkSync(target, path);
