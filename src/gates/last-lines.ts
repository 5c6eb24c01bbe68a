import type { Handle } from "../targets/target.ts";
import { limited } from "./limited.ts";
import type { GateCx, GateSubject } from "./subject.ts";

const KEPT = 20;

/** The last lines an instance logged, to explain its death; whatever could be had within a second and a half. */
export async function lastLines(handle: Handle, on: GateSubject, cx: GateCx): Promise<readonly string[]> {
  const kept: string[] = [];
  try {
    await limited(1500, cx, async (signal) => {
      let count = 0;
      for await (const line of on.target.logs(handle, { follow: false }, { signal })) {
        if (signal.aborted) return;
        kept.push(line.text.slice(0, 1024));
        if (kept.length > KEPT) kept.shift();
        // A log that is always ready would starve the timer that ends this.
        if (++count % 256 === 0) await new Promise(setImmediate);
      }
    });
  } catch {
    cx.signal.throwIfAborted();
    if (kept.length === 0) kept.push("(its log could not be read)");
  }
  return kept.map((text) => `${handle.id}: ${text}`);
}
