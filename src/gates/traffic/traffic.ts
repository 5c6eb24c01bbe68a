import type { GateSpec } from "../../plan/plan.ts";
import type { InstanceTraffic } from "../../targets/target.ts";
import { limited } from "../limited.ts";
import { type Finding, type GateCx, type GateSubject, inconclusive } from "../subject.ts";
import { sidesOf } from "./counts.ts";
import { judge } from "./judge.ts";

type TrafficGate = Extract<GateSpec, { kind: "traffic" }>;

/** Milliseconds between two looks. */
const EVERY = 1000;
/** How long the router's statistics may take to be told. */
const PATIENCE = 30_000;

/**
 * With what chance an equal revision is taken for a worse one: at the end of the watch, and at each of the many looks before it, which may
 * together hardly add to that.
 */
const AT_THE_END = 0.001;
const MEANWHILE = 0.000_001;

/** Looks at what the router counts while the watch lasts: who is surely worse is thrown back at once, the rest is judged at its end. */
export async function trafficGate({ traffic, watch }: TrafficGate, on: GateSubject, cx: GateCx): Promise<Finding> {
  const until = cx.clock.monotonic() + watch;
  const sides = {
    instances: new Set(on.instances.map(({ id }) => id)),
    baseline: new Set(on.baseline.map(({ id }) => id)),
  };
  for (;;) {
    const left = until - cx.clock.monotonic();
    const counted = await read(on, cx);
    const isLast = left <= 0;
    if (!("unreadable" in counted)) {
      const found = judge(sidesOf(counted, sides), traffic, isLast ? AT_THE_END : MEANWHILE);
      if (isLast || found.verdict === "failed") return found;
    } else if (isLast) return inconclusive(`the router's statistics could not be read: ${counted.unreadable}`);
    await cx.clock.sleep(Math.min(EVERY, Math.max(left, 0)), cx.signal);
  }
}

async function read(
  { target, service, release }: GateSubject,
  cx: GateCx,
): Promise<readonly InstanceTraffic[] | Readonly<{ unreadable: string }>> {
  try {
    return await limited(PATIENCE, cx, (signal) => target.traffic({ service, release }, { signal }));
  } catch (error) {
    cx.signal.throwIfAborted();
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}
