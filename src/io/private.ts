import { chmodSync, statSync } from "node:fs";

/** Closes a file, socket or folder to everybody but its owner. */
export function makePrivate(path: string): void {
  chmodSync(path, statSync(path).isDirectory() ? 0o700 : 0o600);
}
