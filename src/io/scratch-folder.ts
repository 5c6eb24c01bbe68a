import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processStamp } from "./process.ts";

/** A new folder of this process's own among the system's temporary files; those of processes that are gone are removed first. */
export function scratchFolder(kind: string): string {
  const pattern = new RegExp(`^sampan-${kind}-(\\d+)-`);
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(pattern.exec(name)?.[1] ?? 0);
    if (pid === 0 || processStamp(pid) !== null) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Somebody else's.
    }
  }
  return mkdtempSync(join(tmpdir(), `sampan-${kind}-${process.pid}-`));
}
