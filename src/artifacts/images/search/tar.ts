/** One entry of a tar stream. `content` must be read, or left, before the next entry is asked for. */
export type TarEntry = Readonly<{
  path: string;
  kind: "file" | "link" | "folder" | "other";
  /** Where a link points. */
  target: string;
  size: number;
  content: AsyncIterable<Buffer>;
}>;

export class TarError extends Error {}

const BLOCK = 512;
/** Long names and other words about the next entry; more is no name. */
const LONGEST_HEADER = 1024 * 1024;

/** Reads ustar, GNU and pax archives as they come, and holds no more of them than one piece. Throws TarError for what is none. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new Pieces(source);
  let next: { path?: string; target?: string; size?: number } = {};
  for (;;) {
    const header = await bytes.exactly(BLOCK);
    if (header === null || header.every((byte) => byte === 0)) break;
    if (!sumFits(header)) throw new TarError("a header's sum is wrong");
    const type = String.fromCharCode(header[156] ?? 0);
    const size = next.size ?? number(header.subarray(124, 136));
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (type === "L" || type === "K" || type === "x" || type === "g") {
      if (size > LONGEST_HEADER) throw new TarError("a header is too long");
      const words = await bytes.exactly(size + padding);
      if (words === null) throw new TarError("it stops short");
      const body = words.subarray(0, size);
      if (type === "L") next = { ...next, path: text(body) };
      if (type === "K") next = { ...next, target: text(body) };
      if (type === "x") next = { ...next, ...paxWords(body) };
      continue;
    }
    const prefix = text(header.subarray(257, 263)) === "ustar" ? text(header.subarray(345, 500)) : "";
    const name = text(header.subarray(0, 100));
    const left = { bytes: holdsContent(type) ? size : 0 };
    yield {
      path: next.path ?? (prefix === "" ? name : `${prefix}/${name}`),
      kind: KINDS[type] ?? "other",
      target: next.target ?? text(header.subarray(157, 257)),
      size: left.bytes,
      content: bytes.some(left),
    };
    await bytes.skip(left.bytes + (holdsContent(type) ? padding : 0));
    next = {};
  }
  // The rest is padding, and whoever writes it waits until it is read.
  await bytes.drain();
}

const KINDS: Readonly<Record<string, TarEntry["kind"]>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "link",
  "2": "link",
  "5": "folder",
};

/** Links, devices and folders have none, whatever their size says. */
const holdsContent = (type: string): boolean => !/^[1-6]$/.test(type);

const text = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end === -1 ? bytes.length : end);
};

/** Octal, or of GNU's in base 256 where that is too small. */
function number(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    let value = BigInt((field[0] ?? 0) & 0x7f);
    for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new TarError("a size is too large");
    return Number(value);
  }
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw new TarError("a size is no number");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function sumFits(header: Buffer): boolean {
  let sum = 8 * 0x20;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return number(header.subarray(148, 156)) === sum;
}

/** `LENGTH key=value\n`, over and over. */
function paxWords(body: Buffer): { path?: string; target?: string; size?: number } {
  const words: { path?: string; target?: string; size?: number } = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = Number.parseInt(body.toString("latin1", at, space), 10);
    if (space === -1 || !(length > 0)) break;
    const [key = "", ...value] = body.toString("utf8", space + 1, at + length - 1).split("=");
    if (key === "path") words.path = value.join("=");
    if (key === "linkpath") words.target = value.join("=");
    if (key === "size") words.size = Number(value.join("="));
    at += length;
  }
  return words;
}

/** A stream of pieces, taken in other pieces. */
class Pieces {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Null at the end of it; throws when it ends in the middle. */
  async exactly(size: number): Promise<Buffer | null> {
    const found: Buffer[] = [];
    let missing = size;
    while (missing > 0) {
      const piece = await this.#next(missing);
      if (piece === null) {
        if (missing === size) return null;
        throw new TarError("it stops short");
      }
      found.push(piece);
      missing -= piece.length;
    }
    return found.length === 1 ? (found[0] as Buffer) : Buffer.concat(found);
  }

  /** What is left of an entry; `left` counts down as it is taken. */
  async *some(left: { bytes: number }): AsyncGenerator<Buffer> {
    while (left.bytes > 0) {
      const piece = await this.#next(left.bytes);
      if (piece === null) throw new TarError("it stops short");
      left.bytes -= piece.length;
      yield piece;
    }
  }

  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) {
      const piece = await this.#next(left);
      if (piece === null) throw new TarError("it stops short");
      left -= piece.length;
    }
  }

  async drain(): Promise<void> {
    while ((await this.#next(Number.MAX_SAFE_INTEGER)) !== null);
  }

  /** At most `most` bytes; null at the end. */
  async #next(most: number): Promise<Buffer | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return null;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}
