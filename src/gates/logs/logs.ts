import type { LogsSpec } from "../../fleet/fleet.ts";
import { type Finding, type GateCx, type GateSubject, inconclusive } from "../subject.ts";
import { rulesOf } from "./rules.ts";
import { logsVerdict, newsIn } from "./verdict.ts";
import { fillWindow, openWindow } from "./window.ts";

/** How much longer than the watch a backlog may take to read. */
const BACKLOG_TIME = 20_000;
/** After a new error: time for the rest of it, for its count, and for the verified revision to log it too. */
const SETTLE = 1000;

/**
 * Reads the new instances' logs from their start and for `watch` ms more, and the verified ones' beside them. A new error
 * ends the watch early: a bad release is to be thrown back soon.
 */
export async function logsGate(spec: LogsSpec, on: GateSubject, cx: GateCx): Promise<Finding> {
  const rules = rulesOf(spec);
  if (typeof rules === "string") return inconclusive(`the pattern ${JSON.stringify(rules)} cannot be read`);
  const until = cx.clock.monotonic() + spec.watch;
  const windows = on.instances.map((handle) => openWindow(handle, rules));
  const baseline = on.baseline.map((handle) => openWindow(handle, rules));
  let newsSince: number | null = null;
  const enough = () => {
    if (!baseline.every(({ caughtUp }) => caughtUp)) return false;
    if (newsIn(windows, baseline).length === 0) {
      newsSince = null;
      return false;
    }
    newsSince ??= cx.clock.monotonic();
    return spec.watch > 0 && cx.clock.monotonic() - newsSince >= SETTLE;
  };
  const watch = { rules, on, cx, follow: spec.watch > 0, until, latest: until + BACKLOG_TIME, enough };
  await Promise.all([...windows, ...baseline].map((window) => fillWindow(window, watch)));
  return logsVerdict(windows, baseline);
}
