import type { Clock } from "../../io/clock.ts";
import type { GrowingFile } from "../../io/growing-file.ts";

const CHUNK = 64 * 1024;
/** Bytes of one line that are kept; the rest of it is cut. */
const LONGEST_LINE = 64 * 1024;
const POLL = 50;

/**
 * The lines of a log, in the batches that they were read in. Decoded a whole line at a time, so that no character is
 * torn by where a read ended; what is no UTF-8 becomes U+FFFD.
 */
export async function* logLines(
  file: GrowingFile,
  options: Readonly<{ follow: boolean; signal: AbortSignal; clock: Clock }>,
): AsyncGenerator<readonly string[]> {
  const { follow, signal, clock } = options;
  const until = follow ? Number.POSITIVE_INFINITY : file.end();
  const buffer = Buffer.allocUnsafe(CHUNK);
  const splitter = new LineSplitter();
  let position = file.first;
  while (!signal.aborted && position < until) {
    const { bytes, next, skipped } = await file.read(position, buffer);
    if (skipped > 0) {
      // The two halves around a hole are not one line.
      const half = splitter.end();
      yield [...(half === null ? [] : [half]), `sampan: ${skipped} bytes of this log were not kept`];
    }
    position = next - bytes;
    if (bytes === 0) {
      if (!follow) break;
      await clock.sleep(POLL, signal).catch(() => undefined);
      continue;
    }
    const lines = splitter.push(buffer.subarray(0, bytes - Math.max(0, next - until)));
    position = next;
    if (lines.length > 0) yield lines;
  }
  const rest = splitter.end();
  if (rest !== null && !signal.aborted) yield [rest];
}

/** Cuts bytes into lines; what is no UTF-8 becomes U+FFFD. */
export class LineSplitter {
  #parts: Buffer[] = [];
  #length = 0;
  #begun = false;

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (;;) {
      const at = chunk.indexOf(0x0a, from);
      if (at === -1) break;
      this.#add(chunk.subarray(from, at));
      lines.push(this.#take());
      from = at + 1;
    }
    if (from < chunk.length) this.#add(chunk.subarray(from));
    return lines;
  }

  end(): string | null {
    return this.#begun ? this.#take() : null;
  }

  #add(part: Buffer): void {
    this.#begun = true;
    const room = LONGEST_LINE - this.#length;
    if (room <= 0 || part.length === 0) return;
    // A copy: the chunk's memory is read into again.
    const kept = Buffer.from(part.subarray(0, room));
    this.#parts.push(kept);
    this.#length += kept.length;
  }

  #take(): string {
    const text = Buffer.concat(this.#parts).toString("utf8");
    this.#parts = [];
    this.#length = 0;
    this.#begun = false;
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }
}
