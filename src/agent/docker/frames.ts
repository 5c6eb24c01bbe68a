const HEADER = 8;
const PIECE = 64 * 1024;

/**
 * The bytes of a container's log out of the engine's frames (a byte for the stream, three of nothing, four for the length). However
 * long a frame says that it is, it is handed on in the pieces that come.
 */
export async function* unframed(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Readonly<{ stream: number; bytes: Buffer }>> {
  let header = Buffer.alloc(0);
  let stream = 1;
  let left = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const more = chunk.subarray(at, at + HEADER - header.length);
        header = Buffer.concat([header, more]);
        at += more.length;
        if (header.length < HEADER) continue;
        stream = header[0] ?? 1;
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const bytes = chunk.subarray(at, at + Math.min(left, PIECE));
      at += bytes.length;
      left -= bytes.length;
      yield { stream, bytes };
    }
  }
}
