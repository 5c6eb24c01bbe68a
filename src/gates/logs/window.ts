import type { Handle } from "../../targets/target.ts";
import type { GateCx, GateSubject } from "../subject.ts";
import { type End, readLog } from "./read.ts";
import type { Rules } from "./rules.ts";
import { Scan, type Signature } from "./scan.ts";

const REOPEN_FIRST = 200;
const REOPEN_LATEST = 2000;
/** Milliseconds before each further try of a pass that broke off. */
const REREAD = [200, 400, 800];

/** What was read of one instance's log. */
export type Window = {
  readonly handle: Handle;
  readonly rules: Rules;
  scan: Scan;
  /** Seen in an earlier pass; each pass starts at the first line again, and the log may have been rotated between them. */
  readonly earlier: Map<string, Signature>;
  /** How the last whole pass went; null before it. */
  end: End | null;
};

export const openWindow = (handle: Handle, rules: Rules): Window => ({
  handle,
  rules,
  scan: new Scan(rules),
  earlier: new Map(),
  end: null,
});

export const signaturesOf = (window: Window): readonly Signature[] => [
  ...window.scan.signatures.values(),
  ...[...window.earlier.values()].filter(({ signature }) => !window.scan.signatures.has(signature)),
];

export type Watch = Readonly<{ on: GateSubject; cx: GateCx; until: number; enough: () => boolean }>;

/** Watches a log as it grows, to see news soon; a stream that breaks off is opened again. What it saw is not the verdict yet. */
export async function watchWindow(window: Window, { on, cx, until, enough }: Watch): Promise<void> {
  const now = () => cx.clock.monotonic();
  for (let pause = REOPEN_FIRST; now() < until && !enough(); pause = Math.min(pause * 2, REOPEN_LATEST)) {
    again(window);
    const end = await readLog({ handle: window.handle, follow: true, scan: window.scan, on, cx, until, enough });
    if (end.kind === "cut" || end.kind === "enough") return;
    const reopen = now() + pause;
    while (now() < Math.min(reopen, until) && !enough()) await cx.clock.sleep(25, cx.signal);
  }
}

/** One pass from the first line to the end of what is there now: what tells a silent log from one that hangs, and a chatty one from a backlog. */
export async function readWindow(window: Window, { on, cx, until }: Omit<Watch, "enough">): Promise<void> {
  for (const pause of [...REREAD, null]) {
    again(window);
    window.end = await readLog({ handle: window.handle, follow: false, scan: window.scan, on, cx, until });
    // An agent that was killed meanwhile is back in a moment: that says nothing about the service.
    if (window.end.kind !== "unreadable" || pause === null) return;
    await cx.clock.sleep(pause, cx.signal);
  }
}

function again(window: Window): void {
  for (const one of signaturesOf(window)) window.earlier.set(one.signature, one);
  window.scan = new Scan(window.rules);
}
