import { constants } from "node:fs";
import { open } from "node:fs/promises";

/**
 * The first `limit` bytes of a regular file, or null where there is none. Anything else (a folder, a FIFO that would never end,
 * no permission) is thrown with its `code`.
 */
export async function readBytesIfThere(path: string, limit: number): Promise<Uint8Array | null> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile()) throw Object.assign(new Error("not a regular file"), { code: "ENOTFILE" });
    const bytes = Buffer.alloc(Math.min(found.size, limit));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
