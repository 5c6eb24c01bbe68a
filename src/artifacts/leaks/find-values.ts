import { filePieces } from "../../io/file-pieces.ts";
import type { Hit } from "./needles.ts";

const PIECE = 1024 * 1024;
/** More of one file tell nobody more. */
const MOST = 20;

export type Find = Readonly<{ search: (within: Buffer) => readonly Hit[]; longest: number; signal: AbortSignal }>;

/** Names and lines (1-based) of the values found in a file of any size, each line once for each name. */
export const findValues = (path: string, find: Find): ReturnType<typeof findValuesIn> =>
  findValuesIn(filePieces(path, PIECE), find);

/** The same of what comes from anywhere, piece by piece. */
export async function findValuesIn(
  pieces: AsyncIterable<Buffer>,
  find: Find,
): Promise<readonly Readonly<{ name: string; line: number }>[]> {
  const found = new Map<string, { name: string; line: number }>();
  let kept: Buffer = Buffer.alloc(0);
  /** Of the first byte of `kept`. */
  let line = 1;
  for await (const piece of pieces) {
    find.signal.throwIfAborted();
    const window = kept.length === 0 ? piece : Buffer.concat([kept, piece]);
    let counted = 0;
    let at = line;
    for (const hit of find.search(window)) {
      at += newlines(window, counted, hit.offset);
      counted = hit.offset;
      if (found.size < MOST) found.set(`${hit.name}\n${at}`, { name: hit.name, line: at });
    }
    // A value may lie across the border of two pieces.
    const next = Math.max(0, window.length - find.longest);
    line += newlines(window, 0, next);
    kept = window.subarray(next);
  }
  return [...found.values()];
}

function newlines(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a, from); at !== -1 && at < to; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}
