import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { run } from "./exec.ts";
import { syncFolder } from "./files.ts";
import { walk } from "./folders.ts";

/**
 * Makes everything under a folder survive a power loss: by one call for the whole file system where there is one, else
 * file by file.
 */
export async function syncTree(folder: string, signal: AbortSignal): Promise<void> {
  const ran = await run({ argv: ["sync", "-f", folder], signal });
  signal.throwIfAborted();
  if (ran.exitCode === 0) return;
  for (const found of walk(folder)) {
    if (found.kind === "folder") syncFolder(join(folder, found.path));
    if (found.kind !== "file") continue;
    const file = openSync(join(folder, found.path), "r");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
  syncFolder(folder);
}
