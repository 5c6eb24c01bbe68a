import { createReadStream } from "node:fs";

/** The bytes of a file in pieces of at most `size`, so that a large one costs no memory. */
export async function* filePieces(path: string, size: number): AsyncGenerator<Buffer> {
  for await (const piece of createReadStream(path, { highWaterMark: size })) yield piece as Buffer;
}
