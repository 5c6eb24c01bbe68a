import { join } from "node:path";
import { sha256 } from "../io/digest.ts";
import { readTextIfThere, writeDurably } from "../io/files.ts";

/** Evidence of checks that passed, by the hash of all that they depend on. A failure is never kept: it is looked at again. */
export interface CheckCache {
  /** The evidence, or null. */
  get(key: string): Promise<string | null>;
  put(key: string, evidence: string): Promise<void>;
}

export const noCheckCache: CheckCache = { get: async () => null, put: async () => undefined };

/** One file for each in a folder; one that cannot be read is as good as none. */
export const createFolderCheckCache = (folder: string): CheckCache => ({
  get: async (key) => {
    const text = await readTextIfThere(fileOf(folder, key)).catch(() => null);
    return text?.startsWith(`${key}\n`) === true ? text.slice(key.length + 1) : null;
  },
  put: async (key, evidence) => {
    try {
      writeDurably(fileOf(folder, key), `${key}\n${evidence}`);
    } catch {
      // A full disk costs the next run some time, no more.
    }
  },
});

const fileOf = (folder: string, key: string): string => join(folder, `${sha256(key)}.txt`);
