import { closeSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";

export type LogFile = Readonly<{
  path: string;
  /** Never throws: a full disk must not end what is being logged. */
  write(piece: Uint8Array | string): void;
  close(): void;
}>;

/** A log of this user's own, begun anew. */
export function openLogFile(path: string): LogFile {
  makeFolder(dirname(path));
  const file = openSync(path, "w", 0o600);
  return {
    path,
    write: (piece) => {
      try {
        writeSync(file, typeof piece === "string" ? Buffer.from(piece) : piece);
      } catch {
        // Lost; the command's own output still says what happened.
      }
    },
    close: () => closeSync(file),
  };
}
