import type { Clock } from "../../io/clock.ts";
import { type Exit, processStamp } from "../../io/process.ts";

/** A process that the agent looks after. */
export type Live = Readonly<{
  pid: number;
  stamp: string;
  /** By the agent's monotonic clock. */
  since: number;
  /** Null: it is gone and nobody can know how. */
  gone: Promise<Exit | null>;
  /** Look more often from now on: somebody waits for its end. */
  hurry(): void;
}>;

const SLOW = 100;
const QUICK = 5;

/** A process that another agent's life started: not our child, so its end must be looked for. */
export function adopted(options: Readonly<{ pid: number; stamp: string; clock: Clock; signal: AbortSignal }>): Live {
  const { pid, stamp, clock, signal } = options;
  let wake = new AbortController();
  let interval = SLOW;
  const watch = async (): Promise<null> => {
    while (processStamp(pid) === stamp) {
      signal.throwIfAborted();
      await clock.sleep(interval, AbortSignal.any([signal, wake.signal])).catch(() => undefined);
      if (wake.signal.aborted) wake = new AbortController();
    }
    return null;
  };
  const gone = watch();
  // The agent's own end is no instance's end: nobody needs to hear of it.
  gone.catch(() => undefined);
  return {
    pid,
    stamp,
    since: clock.monotonic(),
    gone,
    hurry: () => {
      interval = QUICK;
      wake.abort();
    },
  };
}

/** What people read of an end. */
export function exitText(exit: Exit | null): string | null {
  if (exit === null) return null;
  if (exit.error !== null) return `not started: ${exit.error}`;
  return exit.signal ?? `exit code ${exit.code}`;
}
