import type { WatchedLogs } from "../../fleet/fleet.ts";
import { type Finding, type GateCx, type GateSubject, inconclusive } from "../subject.ts";
import { rulesOf } from "./rules.ts";
import { logsVerdict, newsIn } from "./verdict.ts";
import { openWindow, readWindow, watchWindow } from "./window.ts";

/** How long one pass over what is there may take. */
const PASS_TIME = 30_000;
/** After a new error: time for the rest of it, for its count, and for the verified revision to log it too. */
const SETTLE = 1000;

/**
 * Reads the new instances' logs from their start and for `watch` ms more, and the verified ones' beside them. A new error
 * ends the watch early: a bad release is to be thrown back soon. The verdict is always that of one whole pass at the end.
 */
export async function logsGate(spec: WatchedLogs, on: GateSubject, cx: GateCx): Promise<Finding> {
  const rules = rulesOf(spec);
  if (typeof rules === "string") return inconclusive(`the pattern ${JSON.stringify(rules)} cannot be read`);
  const now = () => cx.clock.monotonic();
  const until = now() + spec.watch;
  const windows = on.instances.map((handle) => openWindow(handle, rules));
  const baseline = on.baseline.map((handle) => openWindow(handle, rules));
  const all = [...windows, ...baseline];
  while (true) {
    let newsSince: number | null = null;
    const enough = () => {
      if (newsIn(windows, baseline).length === 0) newsSince = null;
      else newsSince ??= now();
      return newsSince !== null && now() - newsSince >= SETTLE;
    };
    await Promise.all(all.map((window) => watchWindow(window, { on, cx, until, enough })));
    const latest = now() + PASS_TIME;
    await Promise.all(all.map((window) => readWindow(window, { on, cx, until: latest })));
    // What looked like news may be known to the verified revision, whose log had not been read far enough.
    if (now() >= until || newsIn(windows, baseline).length > 0) return logsVerdict(windows, baseline);
  }
}
