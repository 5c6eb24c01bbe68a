import { StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import { groupLives, sendSignal } from "../../io/process.ts";
import type { Live } from "./live.ts";

const POLL = 5;
/** Only a process that hangs in the kernel survives SIGKILL for so long. */
const AFTER_KILL = 5_000;

export type Ending = Readonly<{
  live: Live;
  /** Milliseconds from SIGTERM to SIGKILL. */
  timeout: number;
  clock: Clock;
  signal: AbortSignal;
  /** Run in the same tick as each signal sent; throws when the sender has no right to it any more. */
  permit: () => void;
  note: (line: string) => void;
}>;

/** SIGTERM to the process, then to what it left of its group, then SIGKILL to all of it. Resolves once nothing of it is left. */
export async function terminate(ending: Ending): Promise<void> {
  const { live, clock, permit, note, signal } = ending;
  const until = clock.monotonic() + ending.timeout;
  live.hurry();
  permit();
  sendSignal(live.pid, "SIGTERM");
  const leaderGone = await within(live.gone, until, ending);
  if (leaderGone && !groupLives(live.pid)) return;
  if (leaderGone) {
    permit();
    sendSignal(-live.pid, "SIGTERM");
    while (clock.monotonic() < until) {
      await clock.sleep(POLL, signal);
      if (!groupLives(live.pid)) return;
    }
  }
  permit();
  note(`SIGKILL after ${ending.timeout} ms`);
  sendSignal(-live.pid, "SIGKILL");
  await within(live.gone, clock.monotonic() + AFTER_KILL, ending);
  const last = clock.monotonic() + AFTER_KILL;
  while (groupLives(live.pid)) {
    if (clock.monotonic() > last) {
      throw new StepFault({
        code: "instance-survives",
        message: `Process group ${live.pid} does not end, not even by SIGKILL`,
        retry: "safe",
      });
    }
    await clock.sleep(POLL, signal);
  }
}

/** True when the process has ended by then. */
async function within(gone: Promise<unknown>, until: number, { clock, signal }: Ending): Promise<boolean> {
  const called = new AbortController();
  const limit = clock
    .sleep(Math.max(0, until - clock.monotonic()), AbortSignal.any([called.signal, signal]))
    .then(() => false);
  limit.catch(() => undefined);
  try {
    return await Promise.race([gone.then(() => true), limit]);
  } finally {
    called.abort();
  }
}
