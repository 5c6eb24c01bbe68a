import type { HealthSpec } from "../../fleet/fleet.ts";
import type { Handle } from "../../targets/target.ts";
import { probe } from "../health-probe.ts";
import { limited } from "../limited.ts";
import { type Finding, failed, type GateCx, type GateSubject } from "../subject.ts";

const POLL = 50;
/** A check that takes longer has not passed. */
const PROBE_TIME = 5000;
/** The health gate runs beside this one, and says better what is wrong: it comes first. */
const GRACE = 2000;
const FAIR_TIME = 200;
const NEVER = "never answered";

/** Waits until each instance has answered its health path well; null: they have. A service that warms up is asked for nothing before. */
export async function onceHealthy(health: HealthSpec, on: GateSubject, cx: GateCx): Promise<Finding | null> {
  const found = await Promise.all(on.instances.map((handle) => wait({ handle, health, on, cx })));
  return found.find((finding) => finding !== null) ?? null;
}

async function wait(
  its: Readonly<{ handle: Handle; health: HealthSpec; on: GateSubject; cx: GateCx }>,
): Promise<Finding | null> {
  const { handle, health, cx } = its;
  const until = cx.clock.monotonic() + health.timeout + GRACE;
  for (let last: string = NEVER; ; ) {
    const left = until - cx.clock.monotonic();
    if (left <= 0) return failed(`not begun: ${handle.id} was not healthy; ${health.path} last: ${last}`);
    const seen = await look(its, Math.min(PROBE_TIME, left));
    if (seen.kind === "healthy") return null;
    // A look that the end cut short explains nothing.
    if (left > FAIR_TIME || last === NEVER)
      last = seen.kind === "wrong" ? `reports artifact ${seen.artifact.slice(0, 100)}` : seen.why;
    await cx.clock.sleep(Math.min(POLL, health.every), cx.signal);
  }
}

async function look({ handle, health, on, cx }: Parameters<typeof wait>[0], timeout: number): ReturnType<typeof probe> {
  try {
    const endpoint = await limited(timeout, cx, (signal) => on.target.endpoint(handle, { signal }));
    if (endpoint === null) return { kind: "unhealthy", why: "it listens nowhere" };
    const { path } = health;
    const { clock, signal } = cx;
    return await probe({ endpoint, path, artifact: on.revision.artifact, timeout, clock, signal });
  } catch (error) {
    cx.signal.throwIfAborted();
    return { kind: "unhealthy", why: `the target could not be asked: ${(error as Error).message}` };
  }
}
