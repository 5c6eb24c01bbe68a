import type { Handle } from "../../targets/target.ts";
import { OutOfTime } from "../limited.ts";
import type { GateCx, GateSubject } from "../subject.ts";
import type { Scan } from "./scan.ts";

const TICK = 25;
/** Below this many lines a tick, what arrives is news and no backlog (8,000 a second). */
const BACKLOG = 200;
/** Lines between two looks at the time, and the longest that others have to wait for the event loop. */
const STRETCH = 128;
const HOLD = 8;

export type End = Readonly<
  /** The log came to its end. */
  | { kind: "ended" }
  /** Read until the deadline, and not behind by then. */
  | { kind: "watched" }
  /** Still behind when the time was up for good. */
  | { kind: "behind" }
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
  /** Milliseconds, by the monotonic clock. */
  until: number;
  /** Past `until`, as long as a backlog takes, but not longer. */
  latest: number;
  enough: () => boolean;
  /** Called once when the log has been read up to what is there now. */
  caughtUp?: () => void;
}>;

/** Feeds one instance's log into a scan, without holding the event loop or trusting the log to end. Rejects only with the signal's reason. */
export async function readLog(read: Read): Promise<End> {
  const { cx, scan } = read;
  cx.signal.throwIfAborted();
  const over = new AbortController();
  const signal = AbortSignal.any([cx.signal, over.signal]);
  try {
    return await Promise.race([drain(read, signal), watch({ ...read, cx: { ...cx, signal } })]);
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

async function watch(read: Read): Promise<End> {
  const { cx, scan } = read;
  let before = -1;
  let told = false;
  while (true) {
    await cx.clock.sleep(TICK, cx.signal);
    const came = scan.lines - before;
    before = scan.lines;
    if (came === 0) scan.flush();
    if (came < BACKLOG && !told && scan.lines > 0) {
      told = true;
      read.caughtUp?.();
    }
    if (read.enough()) return { kind: "enough" };
    const now = cx.clock.monotonic();
    if (now >= read.latest) return { kind: "behind" };
    if (read.follow && now >= read.until && came < BACKLOG) return { kind: "watched" };
  }
}
