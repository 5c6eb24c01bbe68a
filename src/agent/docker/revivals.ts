import type { Clock } from "../../io/clock.ts";
import { BackOff } from "../instances/back-off.ts";

/** What died and is to be started again, each after a while of its own that doubles with every death. */
export class Revivals {
  readonly #options: Readonly<{ clock: Clock; signal: AbortSignal }>;
  readonly #backOffs = new Map<string, BackOff>();
  readonly #waiting = new Map<string, AbortController>();

  constructor(options: Readonly<{ clock: Clock; signal: AbortSignal }>) {
    this.#options = options;
  }

  /** In place of one that waits already. */
  plan(id: string, revive: () => void): void {
    const { clock, signal } = this.#options;
    const backOff = this.#backOffs.get(id) ?? new BackOff();
    this.#backOffs.set(id, backOff);
    const called = new AbortController();
    this.#waiting.get(id)?.abort();
    this.#waiting.set(id, called);
    clock.sleep(backOff.next(0), AbortSignal.any([called.signal, signal])).then(
      () => {
        this.#waiting.delete(id);
        revive();
      },
      () => undefined,
    );
  }

  isPlanned(id: string): boolean {
    return this.#waiting.has(id);
  }

  forget(id: string): void {
    this.#waiting.get(id)?.abort();
    this.#waiting.delete(id);
    this.#backOffs.delete(id);
  }
}
