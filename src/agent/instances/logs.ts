import { join } from "node:path";
import { appendLine } from "../../io/append-line.ts";
import type { Clock } from "../../io/clock.ts";
import { GrowingFile } from "../../io/growing-file.ts";
import { isoTime } from "../../io/iso-time.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { removeFolder } from "../../io/remove-folder.ts";
import { folderName } from "../names.ts";

export type LogLimits = Readonly<{
  /** Bytes at which a log is rotated. */
  size: number;
  /** Rotated files kept beside the current one. */
  kept: number;
}>;

export const LOG_LIMITS: LogLimits = { size: 64 * 1024 * 1024, kept: 2 };

const NOTES_LIMIT = 1024 * 1024;

/** Where the instances of this host log, and what the agent notes about them. */
export class Logs {
  readonly #folder: string;
  readonly #limits: LogLimits;
  readonly #clock: Clock;
  readonly #files = new Map<string, GrowingFile>();
  readonly #rotating = new Set<GrowingFile>();

  constructor(options: Readonly<{ folder: string; limits: LogLimits; clock: Clock }>) {
    this.#folder = options.folder;
    this.#limits = options.limits;
    this.#clock = options.clock;
  }

  /** The log of one life of an instance, from when it was brought or revived. Reader and rotation share it. */
  file(id: string, generation: number): GrowingFile {
    const folder = this.#folderOf(id);
    const path = join(folder, `${generation}.log`);
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    makeFolder(folder);
    const file = new GrowingFile(path, this.#limits.kept);
    this.#files.set(path, file);
    return file;
  }

  /** Beside the instance's own log: deaths, restarts, ends. Must never fail what it tells of. */
  note(id: string, line: string): void {
    try {
      makeFolder(this.#folderOf(id));
      const at = isoTime(this.#clock.now());
      appendLine(join(this.#folderOf(id), "agent.log"), `${at} ${line}`, NOTES_LIMIT);
    } catch {
      // A full disk: the agent's own work goes on.
    }
  }

  /** Rotates what has grown too large. */
  async rotate(onFault: (error: unknown) => void): Promise<void> {
    await Promise.all(
      [...this.#files.values()].map(async (file) => {
        if (this.#rotating.has(file) || file.length() < this.#limits.size) return;
        this.#rotating.add(file);
        try {
          await file.rotate(this.#limits.size);
        } catch (error) {
          onFault(error);
        } finally {
          this.#rotating.delete(file);
        }
      }),
    );
  }

  /** Of an instance that is forgotten. */
  remove(id: string): void {
    const folder = this.#folderOf(id);
    for (const path of this.#files.keys()) if (path.startsWith(`${folder}/`)) this.#files.delete(path);
    removeFolder(folder);
  }

  #folderOf = (id: string) => join(this.#folder, folderName(id));
}
