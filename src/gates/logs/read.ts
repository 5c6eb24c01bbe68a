import type { Handle } from "../../targets/target.ts";
import { OutOfTime } from "../limited.ts";
import type { GateCx, GateSubject } from "../subject.ts";
import type { Scan } from "./scan.ts";

const TICK = 25;
/** Lines between two looks at the time, and how long others wait for the event loop at most, in milliseconds. */
const STRETCH = 128;
const HOLD = 8;

export type End = Readonly<
  /** The log came to its end. */
  | { kind: "ended" }
  /** The time was up before its end. */
  | { kind: "cut" }
  /** The caller has seen enough. */
  | { kind: "enough" }
  | { kind: "unreadable"; why: string }
>;

export type Read = Readonly<{
  handle: Handle;
  follow: boolean;
  scan: Scan;
  on: GateSubject;
  cx: GateCx;
  /** When to stop, by the monotonic clock. */
  until: number;
  enough?: () => boolean;
}>;

/** Feeds one instance's log into a scan, without holding the event loop or trusting the log to end. Rejects only with the signal's reason. */
export async function readLog(read: Read): Promise<End> {
  const { cx, scan } = read;
  cx.signal.throwIfAborted();
  const over = new AbortController();
  const signal = AbortSignal.any([cx.signal, over.signal]);
  try {
    return await Promise.race([drain(read, signal), stop({ ...read, cx: { ...cx, signal } })]);
  } catch (error) {
    cx.signal.throwIfAborted();
    return { kind: "unreadable", why: (error as Error).message };
  } finally {
    over.abort(new OutOfTime(0));
    scan.flush();
  }
}

async function drain(read: Read, signal: AbortSignal): Promise<End> {
  const { clock } = read.cx;
  let since = clock.monotonic();
  for await (const line of read.on.target.logs(read.handle, { follow: read.follow }, { signal })) {
    if (signal.aborted) break;
    read.scan.push(line.text);
    if (read.scan.lines % STRETCH === 0 && clock.monotonic() - since > HOLD) {
      // Lines that are always ready would otherwise starve every timer, the one that ends this among them.
      await new Promise(setImmediate);
      since = clock.monotonic();
    }
  }
  return { kind: "ended" };
}

async function stop({ cx, scan, until, enough }: Read): Promise<End> {
  for (let before = -1; ; before = scan.lines) {
    await cx.clock.sleep(TICK, cx.signal);
    // A trace is whole when nothing comes after it; whoever writes one writes it in one go.
    if (scan.lines === before) scan.flush();
    if (enough?.() === true) return { kind: "enough" };
    if (cx.clock.monotonic() >= until) return { kind: "cut" };
  }
}
