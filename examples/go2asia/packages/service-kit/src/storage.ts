import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** Where media lie. Keys are made by the service: letters, digits, dashes and dots only. */
export interface Storage {
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** Null: there is nothing under that key. */
  read(key: string): Promise<Readonly<{ size: number; stream: ReadableStream<Uint8Array> }> | null>;
  /** For `/ready`. */
  answers(): Promise<void>;
}

/** A directory as `file:///…`. Throws for anything else, by name, before the service listens. */
export function openStorage(url: string): Storage {
  const { protocol } = new URL(url);
  if (protocol === "file:") return directory(fileURLToPath(url));
  throw new Error(`STORAGE_URL: ${protocol}// is not supported, only file:///… (a directory that all instances share)`);
}

function directory(root: string): Storage {
  const at = (key: string): string => {
    if (!/^[\w-][\w.-]{0,199}$/.test(key)) throw new Error("not a storage key");
    return join(root, key);
  };
  return {
    async write(key, bytes) {
      const file = at(key);
      await mkdir(root, { recursive: true });
      // Whole or not at all: a reader never sees half a file.
      const half = `${file}.${randomUUID()}.part`;
      await writeFile(half, bytes);
      await rename(half, file);
    },
    async read(key) {
      const file = at(key);
      const found = await stat(file).catch(() => null);
      if (found === null) return null;
      const stream = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
      return { size: found.size, stream };
    },
    async answers() {
      await mkdir(root, { recursive: true });
    },
  };
}
