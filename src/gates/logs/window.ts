import type { Handle } from "../../targets/target.ts";
import type { GateCx, GateSubject } from "../subject.ts";
import { type End, readLog } from "./read.ts";
import type { Rules } from "./rules.ts";
import { Scan, type Signature } from "./scan.ts";

const REOPEN_FIRST = 200;
const REOPEN_LATEST = 2000;
/** For the look that tells a silent log from one that hangs. */
const LAST_LOOK = 3000;

/** What was read of one instance's log. */
export type Window = {
  readonly handle: Handle;
  scan: Scan;
  /** Seen in a pass that broke off; a later pass starts at the first line again. */
  readonly earlier: Map<string, Signature>;
  caughtUp: boolean;
  /** Null while it is being read. */
  end: End | null;
};

export const openWindow = (handle: Handle, rules: Rules): Window => ({
  handle,
  scan: new Scan(rules),
  earlier: new Map(),
  caughtUp: false,
  end: null,
});

export const signaturesOf = (window: Window): readonly Signature[] => [
  ...window.scan.signatures.values(),
  ...[...window.earlier.values()].filter(({ signature }) => !window.scan.signatures.has(signature)),
];

export type Watch = Readonly<{
  rules: Rules;
  on: GateSubject;
  cx: GateCx;
  follow: boolean;
  until: number;
  latest: number;
  enough: () => boolean;
}>;

/** Reads from the first line, and goes on until the watch is over; a stream that breaks off before is opened again. */
export async function fillWindow(window: Window, watch: Watch): Promise<void> {
  const { cx, until, latest } = watch;
  const read = (follow: boolean, limit = latest) =>
    readLog({
      ...watch,
      handle: window.handle,
      scan: window.scan,
      follow,
      latest: limit,
      caughtUp: () => {
        window.caughtUp = true;
      },
    });
  const again = () => {
    for (const one of window.scan.signatures.values()) window.earlier.set(one.signature, one);
    window.scan = new Scan(watch.rules);
  };
  let end = await read(watch.follow);
  for (let pause = REOPEN_FIRST; watch.follow && isBroken(end) && cx.clock.monotonic() < until; ) {
    await cx.clock.sleep(Math.max(0, Math.min(pause, until - cx.clock.monotonic())), cx.signal);
    if (watch.enough()) break;
    pause = Math.min(pause * 2, REOPEN_LATEST);
    again();
    end = await read(cx.clock.monotonic() < until);
  }
  // A stream that hangs looks like a silent service: reading to the end of what is there tells them apart.
  if (end.kind === "watched" && window.scan.lines === 0) {
    end = await read(false, cx.clock.monotonic() + LAST_LOOK);
    if (end.kind === "behind" && window.scan.lines === 0)
      end = { kind: "unreadable", why: "its log could not be read to its end" };
  }
  if (end.kind !== "unreadable" && end.kind !== "behind") window.caughtUp = true;
  window.end = end;
}

const isBroken = (end: End): boolean => end.kind === "ended" || end.kind === "unreadable";
