import type { HealthSpec } from "../fleet/fleet.ts";
import type { Endpoint, Handle } from "../targets/target.ts";
import { doom } from "./doom.ts";
import { probe } from "./health-probe.ts";
import { seenNow, standings } from "./instances.ts";
import { linesOf } from "./last-lines.ts";
import { limited } from "./limited.ts";
import { type Finding, failed, type GateCx, type GateSubject, inconclusive, passed } from "./subject.ts";

const NEVER = "never answered";
const POLL_FIRST = 50;
/** A check that takes longer has not passed, however long the gate may last. */
const PROBE_TIME = 5000;
const FAIR_TIME = 200;
const OBSERVE_EVERY = 250;

type Watched = {
  readonly handle: Handle;
  /** Where it answered last; asked for anew once it does not. */
  endpoint: Endpoint | null;
  since: number | null;
  done: boolean;
  checks: number;
  last: string;
};

/** Every instance answers its health path well, continuously for `healthyFor`, and neither dies nor restarts meanwhile. */
export async function healthGate(health: HealthSpec, on: GateSubject, cx: GateCx): Promise<Finding> {
  const started = cx.clock.monotonic();
  const standing = standings(on);
  const left = () => health.timeout - (cx.clock.monotonic() - started);
  if (on.instances.length === 0) return passed("no instance whose health could be looked at");
  const all: readonly Watched[] = on.instances.map((handle) => ({
    handle,
    endpoint: null,
    since: null,
    done: false,
    checks: 0,
    last: NEVER,
  }));
  const over = new AbortController();
  const signal = AbortSignal.any([cx.signal, over.signal]);
  const inner: GateCx = { ...cx, signal };
  try {
    const polls = all.map((its) => poll(its, { all, health, on, cx: inner, left }));
    const found = await Promise.race([
      // Whoever sees that all are through need not wait for the others to notice.
      ...polls.map((end) => end.then((found) => found ?? new Promise<never>(() => {}))),
      watchDeaths(on, inner, { left, standing }),
    ]);
    if (found !== "all-through") return found;
    const last = await lastWord(on, inner, { left, standing });
    if (last !== null) return last;
    const checks = all.reduce((sum, { checks }) => sum + checks, 0);
    return passed(
      `${all.length} of ${all.length} healthy for ${health.healthyFor} ms (${checks} checks of ${health.path})`,
    );
  } catch (error) {
    cx.signal.throwIfAborted();
    return inconclusive(`the target could not be asked whether the instances still run: ${(error as Error).message}`);
  } finally {
    over.abort(new Error("the health gate is over"));
  }
}

type Looking = Readonly<{ left: () => number; standing: ReturnType<typeof standings> }>;

/**
 * The last word is the target's: a crash between two checks shows in the count of restarts, and a container that was just started again
 * answers before its own health check says so. Null: nothing is wrong.
 */
async function lastWord(on: GateSubject, cx: GateCx, { left, standing }: Looking): Promise<Finding | null> {
  for (;;) {
    const seen = await limited(Math.max(left(), 500), cx, (inTime) => seenNow(on, inTime, () => true));
    let waiting: string | null = null;
    for (const handle of on.instances) {
      const its = standing(handle.id, seen.get(handle.id));
      if (its.kind === "doomed") return await doom(its, handle, on, cx);
      if (its.kind === "waiting") {
        waiting = its.why;
        if (left() <= 0) return failed(its.why, await linesOf(handle, on, cx));
      }
    }
    if (waiting === null) return null;
    await cx.clock.sleep(POLL_FIRST, cx.signal);
  }
}

type Polled = Readonly<{
  all: readonly Watched[];
  health: HealthSpec;
  on: GateSubject;
  cx: GateCx;
  left: () => number;
}>;

/**
 * Ends once every instance has been healthy long enough, or with what is wrong. Null: this one is through, and the time is up; those
 * that are not say so.
 */
async function poll(its: Watched, { all, health, on, cx, left }: Polled): Promise<Finding | "all-through" | null> {
  while (left() > 0) {
    const given = left();
    const why = await check(its, { health, on, cx, left: given });
    if (why.kind === "wrong") {
      return failed(
        `${its.handle.id} reports artifact ${why.artifact.slice(0, 100)}, expected ${on.revision.artifact}`,
      );
    }
    its.checks += 1;
    const now = cx.clock.monotonic();
    if (why.kind === "healthy") {
      its.since ??= now;
      // What was wrong in between explains more.
      if (its.last === NEVER) its.last = "answered well, and not for long enough";
      its.done = now - its.since >= health.healthyFor;
      if (all.every(({ done }) => done)) return "all-through";
    } else {
      // A check that the end of the gate cut short explains nothing.
      if (given > FAIR_TIME || its.checks === 1) its.last = why.why;
      its.endpoint = null;
      its.since = null;
      its.done = false;
    }
    const remaining = its.since === null || its.done ? Number.POSITIVE_INFINITY : its.since + health.healthyFor - now;
    const pace = its.since === null ? Math.min(POLL_FIRST, health.every) : health.every;
    // One that is through goes on being checked until the slowest is, close enough to see it through.
    await cx.clock.sleep(Math.max(1, Math.min(its.done ? POLL_FIRST : pace, Math.ceil(remaining), left())), cx.signal);
    if (all.every(({ done }) => done)) return "all-through";
  }
  if (its.done) return null;
  return failed(
    `${its.handle.id} was not healthy for ${health.healthyFor} ms within ${health.timeout} ms; ${health.path} last: ${its.last}`,
    await linesOf(its.handle, on, cx),
  );
}

async function check(
  its: Watched,
  ask: Readonly<{ health: HealthSpec; on: GateSubject; cx: GateCx; left: number }>,
): ReturnType<typeof probe> {
  const { health, on, cx } = ask;
  try {
    its.endpoint ??= await limited(ask.left, cx, (signal) => on.target.endpoint(its.handle, { signal }));
    if (its.endpoint === null) return { kind: "unhealthy", why: "it listens nowhere" };
    return await probe({
      endpoint: its.endpoint,
      path: health.path,
      artifact: on.revision.artifact,
      timeout: Math.min(PROBE_TIME, ask.left),
      clock: cx.clock,
      signal: cx.signal,
    });
  } catch (error) {
    cx.signal.throwIfAborted();
    return { kind: "unhealthy", why: `the target could not be asked: ${(error as Error).message}` };
  }
}

/** Ends only with a death. A target that cannot be asked now may be asked again; the gate's last look decides. */
async function watchDeaths(on: GateSubject, cx: GateCx, { left, standing }: Looking): Promise<Finding> {
  while (true) {
    try {
      const seen = await limited(Math.max(1, left()), cx, (signal) => seenNow(on, signal));
      for (const handle of on.instances) {
        const its = standing(handle.id, seen.get(handle.id));
        if (its.kind === "doomed") return await doom(its, handle, on, cx);
      }
    } catch {
      cx.signal.throwIfAborted();
    }
    await cx.clock.sleep(OBSERVE_EVERY, cx.signal);
  }
}
