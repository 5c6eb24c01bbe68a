import { open } from "node:fs/promises";

/** For files that say nothing of their size, as those of /proc. */
const SMALLEST = 4096;

/** The bytes of a file in pieces of at most `size`, so that a large one costs no memory, and a small one no more than it is. */
export async function* filePieces(path: string, size: number): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const room = Math.max(SMALLEST, Math.min(size, (await file.stat()).size));
    for (;;) {
      const piece = Buffer.allocUnsafe(room);
      const { bytesRead } = await file.read(piece, 0, room, null);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
