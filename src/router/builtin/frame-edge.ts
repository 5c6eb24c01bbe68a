/**
 * Follows a WebSocket byte stream just closely enough to know when it stands between two frames: only there may a Close
 * frame be put into it. Payloads are skipped, never kept.
 */
export class FrameEdge {
  #header: number[] = [];
  #payload = 0;

  get between(): boolean {
    return this.#header.length === 0 && this.#payload === 0;
  }

  push(chunk: Uint8Array): void {
    let index = 0;
    while (index < chunk.length) {
      if (this.#payload > 0) {
        const skipped = Math.min(this.#payload, chunk.length - index);
        this.#payload -= skipped;
        index += skipped;
        continue;
      }
      this.#header.push(chunk[index] ?? 0);
      index += 1;
      const payload = payloadOf(this.#header);
      if (payload === null) continue;
      this.#header = [];
      this.#payload = payload;
    }
  }
}

/** The payload's length once the header is whole, else null. */
function payloadOf(header: readonly number[]): number | null {
  const second = header[1];
  if (second === undefined) return null;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const mask = (second & 0x80) === 0 ? 0 : 4;
  if (header.length < 2 + extended + mask) return null;
  if (extended === 0) return short;
  return header.slice(2, 2 + extended).reduce((length, byte) => length * 256 + byte, 0);
}

/** Close, 1001 "going away", unmasked: what a server sends. */
export const GOING_AWAY = Uint8Array.of(0x88, 0x02, 0x03, 0xe9);
