import type { Handle } from "../targets/target.ts";
import { limited } from "./limited.ts";
import type { GateCx, GateSubject } from "./subject.ts";

const KEPT = 20;

/** Milliseconds: nobody waits long for what only adds to a reason, and longer for the reason itself. */
const SOON = 1500;
export const FOR_THE_REASON = 5000;

/** The last lines an instance logged, to explain its end; whatever could be had in time, or why nothing could. */
export async function lastLines(
  handle: Handle,
  on: GateSubject,
  cx: GateCx,
  patience: number = SOON,
): Promise<readonly string[]> {
  const kept: string[] = [];
  try {
    await limited(patience, cx, async (signal) => {
      let count = 0;
      for await (const line of on.target.logs(handle, { follow: false }, { signal })) {
        if (signal.aborted) return;
        kept.push(line.text.slice(0, 1024));
        if (kept.length > KEPT) kept.shift();
        // A log that is always ready would starve the timer that ends this.
        if (++count % 256 === 0) await new Promise(setImmediate);
      }
    });
  } catch (error) {
    cx.signal.throwIfAborted();
    if (kept.length === 0) kept.push(`(its log could not be read: ${(error as Error).message})`);
  }
  return kept;
}

/** Of what an instance logged last, the line that says why it ended: the last that speaks of a failure, else the last of all. Null: it said nothing. */
export function tellingLine(lines: readonly string[]): string | null {
  const said = lines.map((line) => line.trim()).filter((line) => line !== "" && !NO_REASON.test(line));
  const line = said.findLast((one) => FAILURE.test(one)) ?? said.at(-1);
  return line === undefined ? null : line.slice(0, LONGEST);
}

/** Of a stack trace, and what a structured log calls information or less. */
const NO_REASON = /^(?:at |Node\.js v\d|\{.*"level":\s*(?:[123]0\b|"(?:trace|debug|info)"))/i;
const FAILURE =
  /error|exception|fatal|panic|fail|cannot|could not|denied|refused|not found|no such|killed|abort|missing/i;
/** Characters of a line that are quoted. */
const LONGEST = 300;

/** As they go into a gate's detail. */
export const linesOf = async (handle: Handle, on: GateSubject, cx: GateCx): Promise<readonly string[]> =>
  (await lastLines(handle, on, cx)).map((line) => `${handle.id}: ${line}`);
