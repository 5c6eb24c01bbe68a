import { StepFault } from "../fault.ts";
import type { Clock } from "../io/clock.ts";
import type { Driver, Operation } from "./driver.ts";
import type { FaultRecord, Outcome } from "./journal.ts";

/** Waits before further tries of a step whose fault says that trying again is safe, in milliseconds. */
const PAUSES = [100, 400, 1600, 3000] as const;

export type Attempt = Readonly<{
  driver: Driver;
  operation: Operation;
  /** True when the journal holds an intent without an outcome: look first. */
  cutOff: boolean;
  clock: Clock;
  signal: AbortSignal;
  retried: (fault: FaultRecord) => void;
}>;

/** Performs one operation. A fault whose effect is unknown is followed by a look, never by a blind repetition. */
export async function attempt({ driver, operation, cutOff, clock, signal, retried }: Attempt): Promise<Outcome> {
  let look = cutOff;
  for (let tries = 0; ; tries += 1) {
    try {
      if (look) {
        const found = await driver.probe(operation, signal);
        if (found !== null) return found;
      }
      return await driver.perform(operation, signal);
    } catch (error) {
      const pause = PAUSES[tries];
      if (!(error instanceof StepFault) || error.retry === "never" || pause === undefined || signal.aborted)
        throw error;
      retried(faultRecord(error));
      look = error.retry === "unknown";
      await clock.sleep(pause, signal);
    }
  }
}

/** What the journal keeps of an error; anything that is no StepFault is a bug, and says so. */
export function faultRecord(error: unknown): FaultRecord {
  if (error instanceof StepFault) return { code: error.code, message: error.message, evidence: error.evidence };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "bug", message, evidence: error instanceof Error ? (error.stack ?? "") : "" };
}
