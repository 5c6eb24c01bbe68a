import { StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import type { Random } from "../../io/random.ts";
import { passes, wordsOf } from "./lost.ts";

export type PatienceParts = Readonly<{
  place: string;
  /** Milliseconds that an outage may last. */
  lasts: number;
  clock: Clock;
  random: Random;
  /** Aborted: somebody waits for the end. */
  signal: AbortSignal;
  waiting: (line: string) => void;
}>;

/** Runs a piece of work that may be repeated. */
export type Patience = <T>(work: () => Promise<T>) => Promise<T>;

/** Milliseconds that an outage may last when somebody waits for the end. */
const HURRIED = 5_000;

/**
 * Repeats what a broken connection cut off, until an outage has lasted too long. From then on each is tried once, until one succeeds: who is to say in
 * one line that the store is away must not be kept for minutes.
 */
export function patience({ place, lasts, clock, random, signal, waiting }: PatienceParts): Patience {
  let awaySince: number | null = null;
  let told = false;
  return async (work) => {
    for (let tries = 0; ; tries += 1) {
      const began = clock.monotonic();
      try {
        const result = await work();
        awaySince = null;
        return result;
      } catch (error) {
        if (!passes(error)) throw error;
        // Whoever says more than that was there.
        awaySince ??= error instanceof StepFault ? clock.monotonic() : began;
        const most = signal.aborted ? Math.min(lasts, HURRIED) : lasts;
        if (clock.monotonic() - awaySince >= most) throw error;
        // The first breaks are mended before anybody would have noticed.
        if (tries >= 3 && !told) {
          told = true;
          waiting(
            `the store at ${place} does not answer (${wordsOf(error)}): waiting up to ${Math.round(most / 1000)} s for it`,
          );
        }
        if (tries > 0) await clock.sleep(Math.min(1_000, 25 * 2 ** tries) * (0.5 + random.fraction()));
      }
    }
  };
}
