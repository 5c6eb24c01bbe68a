import { fstatSync, readSync, renameSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const CHUNK = 1024 * 1024;
/** What is copied in one tick, before the truncation: little enough to stall nobody. */
const LAST_BYTES = 256 * 1024;

type Segment = Readonly<{ path: string; start: number; size: number }>;

/**
 * A file that another process appends to. Rotated by copying and truncating, because its writer keeps it open. Positions
 * count all bytes since it was opened here and survive a rotation.
 */
export class GrowingFile {
  readonly path: string;
  readonly #kept: number;
  /** Oldest first. */
  #rotated: Segment[] = [];
  /** Position of the first byte of the file as it is now. */
  #base = 0;
  #rotations = 0;

  constructor(path: string, kept: number) {
    this.path = path;
    this.#kept = kept;
    for (let nth = kept; nth >= 1; nth -= 1) {
      const size = sizeOf(`${path}.${nth}`);
      if (size === null) continue;
      this.#rotated.push({ path: `${path}.${nth}`, start: this.#base, size });
      this.#base += size;
    }
  }

  get first(): number {
    return this.#rotated[0]?.start ?? this.#base;
  }

  /** Bytes since the last rotation. */
  length(): number {
    return sizeOf(this.path) ?? 0;
  }

  end(): number {
    return this.#base + this.length();
  }

  /**
   * What is there at a position, and where to read on; no bytes: nothing more yet. `skipped` counts bytes before it that
   * are not kept any more.
   */
  async read(
    position: number,
    buffer: Uint8Array,
  ): Promise<Readonly<{ bytes: number; next: number; skipped: number }>> {
    let from = Math.max(position, this.first);
    for (;;) {
      const rotations = this.#rotations;
      const segment = this.#rotated.find(({ start, size }) => from < start + size);
      const at = segment ?? { path: this.path, start: this.#base };
      from = Math.max(from, at.start);
      const bytes = await readAt(at.path, from - at.start, buffer);
      // It may have been truncated under the read.
      if (rotations !== this.#rotations) {
        from = Math.max(from, this.first);
        continue;
      }
      if (bytes === 0 && segment !== undefined) {
        from = segment.start + segment.size;
        continue;
      }
      return { bytes, next: from + bytes, skipped: from - position };
    }
  }

  /**
   * Copies the file aside and empties it. Of what a flood wrote faster than it can be copied the newest `limit` bytes are
   * kept: how it ended tells more than how it went on.
   */
  async rotate(limit: number): Promise<void> {
    const aside = `${this.path}.new`;
    const from = await open(this.path, "r");
    let to: FileHandle | null = null;
    try {
      to = await open(aside, "w", 0o600);
      const buffer = Buffer.allocUnsafe(CHUNK);
      const most = 1.25 * limit;
      let begin = 0;
      let at = 0;
      let copied = 0;
      for (;;) {
        const { size } = await from.stat();
        if (size - at <= LAST_BYTES || copied >= 4 * limit) break;
        if (size - at > most || at - begin > most) {
          begin = Math.max(at, size - limit);
          at = begin;
          await to.truncate(0);
        }
        const { bytesRead } = await from.read(buffer, 0, CHUNK, at);
        if (bytesRead === 0) break;
        await to.write(buffer, 0, bytesRead, at - begin);
        at += bytesRead;
        copied += bytesRead;
      }
      this.#finish({ from: from.fd, to: to.fd, buffer, begin, at });
    } catch (error) {
      rmSync(aside, { force: true });
      // Better a hole in the logs than a full disk.
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") this.#drop();
      throw error;
    } finally {
      await from.close();
      await to?.close();
    }
  }

  /** In one tick from the last byte to the truncation, so that as little as can be is lost between them. */
  #finish(copy: Readonly<{ from: number; to: number; buffer: Buffer; begin: number; at: number }>): void {
    let { at } = copy;
    for (let rest = 0; rest < 4 * LAST_BYTES; ) {
      const bytes = readSync(copy.from, copy.buffer, 0, LAST_BYTES, at);
      if (bytes === 0) break;
      writeSync(copy.to, copy.buffer, 0, bytes, at - copy.begin);
      at += bytes;
      rest += bytes;
    }
    const { size } = fstatSync(copy.from);
    const rotated: Segment[] = [];
    for (let nth = this.#kept; nth >= 2; nth -= 1) {
      const younger = this.#rotated.find(({ path }) => path === `${this.path}.${nth - 1}`);
      if (younger === undefined) continue;
      renameSync(younger.path, `${this.path}.${nth}`);
      rotated.push({ ...younger, path: `${this.path}.${nth}` });
    }
    renameSync(`${this.path}.new`, `${this.path}.1`);
    truncateSync(this.path, 0);
    const start = this.#base + copy.begin;
    this.#rotated = [...rotated, { path: `${this.path}.1`, start, size: at - copy.begin }];
    this.#base += Math.max(size, at);
    this.#rotations += 1;
  }

  #drop(): void {
    this.#base = this.end();
    truncateSync(this.path, 0);
    this.#rotations += 1;
  }
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

async function readAt(path: string, position: number, buffer: Uint8Array): Promise<number> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  try {
    return (await file.read(buffer, 0, buffer.length, position)).bytesRead;
  } finally {
    await file.close();
  }
}
