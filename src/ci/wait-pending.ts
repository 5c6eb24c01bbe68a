import type { Found } from "../checks/check.ts";
import type { Clock } from "../io/clock.ts";

/** Milliseconds between two looks, and in all. */
const EVERY = 15_000;
const AT_MOST = 15 * 60_000;

/** In a run of the CI, checks beside it are about to end: while only that is missing, it is asked again. */
export async function waitPending(
  ask: () => Promise<Found>,
  { clock, signal, say }: Readonly<{ clock: Clock; signal: AbortSignal; say: (line: string) => void }>,
): Promise<Found> {
  const began = clock.monotonic();
  for (;;) {
    const found = await ask();
    const pending = found.verdict === "inconclusive" && found.problems.every(({ code }) => code === "ci-pending");
    if (!pending || clock.monotonic() - began >= AT_MOST) return found;
    say(`waiting for the CI: ${found.problems[0]?.message ?? ""}`);
    await clock.sleep(EVERY, signal);
  }
}
