import type { Clock } from "../../io/clock.ts";
import type { Engine } from "./engine.ts";
import { ownCheck } from "./own-check.ts";
import type { Sight } from "./sight.ts";

/** Milliseconds between two runs of one that has not passed: at first, and how much longer each time. */
const PAUSE = 100;
const LONGER = 2;
/** How long a caller waits for one that takes its time, in milliseconds. */
const PATIENCE = 500;

type Checked = {
  /** Which life of which container. */
  readonly life: string;
  running: Promise<void> | null;
  passed: boolean;
  /** By the monotonic clock. */
  next: number;
  pause: number;
};

/**
 * Containers' own health checks, run when somebody waits for them: the engine would begin only after the first interval, half a minute
 * unless the compose file says otherwise. The same command with the same meaning, so that once passed is healthy; what comes after is the engine's to see.
 */
export class OwnChecks {
  readonly #checked = new Map<string, Checked>();
  readonly #options: Readonly<{ clock: Clock; signal: AbortSignal }>;

  constructor(options: Readonly<{ clock: Clock; signal: AbortSignal }>) {
    this.#options = options;
  }

  /** Has it passed in this life of the container? */
  passed(sight: Sight): boolean {
    const known = this.#checked.get(sight.instance);
    return known?.passed === true && known.life === lifeOf(sight);
  }

  forget(instance: string): void {
    this.#checked.delete(instance);
  }

  /** Resolves when a run has ended, or soon; runs none where nothing waits for it, one at a time, and the less often the longer it fails. */
  async run(engine: Engine, sight: Sight): Promise<void> {
    if (sight.check === null || !sight.running || sight.health !== "starting" || this.passed(sight)) return;
    const { clock, signal } = this.#options;
    const known = this.#checked.get(sight.instance);
    const checked: Checked =
      known?.life === lifeOf(sight)
        ? known
        : { life: lifeOf(sight), running: null, passed: false, next: 0, pause: PAUSE };
    this.#checked.set(sight.instance, checked);
    if (checked.running === null && clock.monotonic() >= checked.next) {
      checked.running = this.#run(engine, sight, checked).finally(() => {
        checked.running = null;
      });
    }
    if (checked.running === null) return;
    const left = new AbortController();
    await Promise.race([
      checked.running,
      clock.sleep(PATIENCE, AbortSignal.any([signal, left.signal])).catch(() => undefined),
    ]);
    left.abort();
  }

  async #run(engine: Engine, sight: Sight, checked: Checked): Promise<void> {
    if (sight.check === null) return;
    const { clock } = this.#options;
    const found = await ownCheck(sight, sight.check, { engine, ...this.#options }).catch(() => "failed" as const);
    checked.passed = found === "passed";
    // What hangs may hang for good: no second one is put beside it.
    checked.next = found === "hangs" ? Number.POSITIVE_INFINITY : clock.monotonic() + checked.pause;
    checked.pause *= LONGER;
  }
}

const lifeOf = ({ container, pid }: Sight): string => `${container} ${pid}`;
