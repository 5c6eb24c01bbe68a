import { mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onceGone } from "./once-gone.ts";
import { processStamp } from "./process.ts";

export type PrivateFolder = Readonly<{
  /** Mode 0700. */
  path: string;
  /** Its files never reach a disk, short of swapping. */
  inMemory: boolean;
  /** With all that is in it. */
  remove: () => void;
}>;

/** tmpfs and ramfs, by the numbers that the kernel gives them. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

/**
 * A folder for what must not stay: in memory where the system has such a place, and gone once this process is gone, however it goes. Those of
 * processes that left theirs behind, as a machine without power does, are removed first.
 */
export function privateFolder(kind: string, preferred: readonly string[]): PrivateFolder {
  const prefix = `sampan-${kind}-`;
  for (const base of [...preferred.filter(isInMemory), tmpdir()]) {
    removeLeft(base, prefix);
    try {
      const path = mkdtempSync(join(base, `${prefix}${process.pid}-`));
      return { path, inMemory: isInMemory(base), remove: removal(path) };
    } catch {
      // Full, or not ours to write to.
    }
  }
  throw new Error(`no folder can be made in ${tmpdir()}`);
}

function isInMemory(path: string): boolean {
  try {
    return IN_MEMORY.has(statfsSync(path).type);
  } catch {
    return false;
  }
}

function removeLeft(base: string, prefix: string): void {
  for (const name of names(base)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : 0;
    if (!(pid > 0) || processStamp(pid) !== null) continue;
    try {
      rmSync(join(base, name), { recursive: true, force: true });
    } catch {
      // Somebody else's.
    }
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** By us, at our exit, and, where neither came to it, by whoever hears of our end. */
function removal(path: string): () => void {
  const byUs = (): void => rmSync(path, { recursive: true, force: true });
  const callOff = onceGone({ line: 'rm -rf -- "$1"', words: [path] });
  process.once("exit", byUs);
  return () => {
    byUs();
    process.off("exit", byUs);
    callOff();
  };
}
