import { boundedRequest } from "../io/bounded-request.ts";
import type { ObservedInstance } from "../plan/observed.ts";
import type { Endpoint, Handle, InstancesTarget } from "../targets/target.ts";
import { doom } from "./doom.ts";
import { seenNow, standings } from "./instances.ts";
import { linesOf } from "./last-lines.ts";
import { limited } from "./limited.ts";
import { reportedArtifact } from "./report.ts";
import { type Finding, failed, type GateCx, type GateSubject, inconclusive, passed } from "./subject.ts";

/** Milliseconds between two looks, by how long it has been starting: what is slow to start gains nothing from quick looks, which only cost it. */
const PACES = [
  { until: 1000, pace: 10 },
  { until: 3000, pace: 25 },
  { until: Number.POSITIVE_INFINITY, pace: 100 },
] as const;
const ANSWER_LIMIT = 64 * 1024;
const ANSWER_TIME = 2000;
const FAIR_TIME = 200;
/** Asking the target costs more than asking an instance: it is done now and then while they start, and at the end. */
const OBSERVE_EVERY = 200;
/** Milliseconds between two looks at one that has answered and is waited for by its container's own health check. */
const WAITING = 20;
/** A worker listens on nothing: it is up when it has lived this long. */
const WORKER_LIVES = 500;

type Reach = Readonly<
  { kind: "reports" } | { kind: "silent" } | { kind: "wrong"; artifact: string } | { kind: "not-yet"; why: string }
>;

/** N of N instances run the right revision by the target's word, answer, and, where they say what they are, say the right thing. */
export async function upGate(
  spec: Readonly<{ count: number; timeout: number }>,
  on: GateSubject,
  cx: GateCx,
): Promise<Finding> {
  if (on.instances.length !== spec.count) {
    return failed(`${on.instances.length} of ${spec.count} instances were brought`);
  }
  const started = cx.clock.monotonic();
  const spent = () => cx.clock.monotonic() - started;
  const reached = new Map<string, "reports" | "silent">();
  const standing = standings(on);
  let why = "nothing was seen yet";
  let known: ReadonlyMap<string, ObservedInstance> | null = null;
  let observedAt = 0;
  const endpoints = new Map<string, Endpoint | null>();
  while (true) {
    const left = spec.timeout - spent();
    if (left <= 0) {
      const evidence = `${reached.size} of ${spec.count} up after ${spec.timeout} ms: ${why}`;
      if (known === null) return inconclusive(evidence);
      return failed(
        evidence,
        await linesOfAll(
          on.instances.filter(({ id }) => !reached.has(id)),
          on,
          cx,
        ),
      );
    }
    try {
      if (known === null || reached.size === spec.count || spent() - observedAt >= OBSERVE_EVERY) {
        known = await limited(left, cx, (signal) => seenNow(on, signal, (id) => reached.has(id)));
        observedAt = spent();
        endpoints.clear();
        let running = 0;
        for (const handle of on.instances) {
          const its = standing(handle.id, known.get(handle.id));
          if (its.kind === "doomed") return await doom(its, handle, on, cx);
          if (its.kind === "waiting") why = its.why;
          else running += 1;
        }
        // Reached first, then seen alive once more: nothing died between its answer and the verdict.
        if (running === spec.count && reached.size === spec.count) return passed(evidenceOf(spec.count, reached));
      }
      const seenOnce = known;
      const pending = on.instances.filter(({ id }) => !reached.has(id) && seenOnce.has(id));
      const reaches = await Promise.all(
        pending.map(async (handle) => ({
          handle,
          reach: await reach({ handle, on, cx, endpoints, left: spec.timeout - spent(), spent: spent() }),
        })),
      );
      for (const { handle, reach } of reaches) {
        if (reach.kind === "wrong") {
          return failed(
            `${handle.id} reports artifact ${reach.artifact.slice(0, 100)}, expected ${on.revision.artifact}`,
          );
        }
        const inside = seenOnce.get(handle.id)?.container?.port ?? null;
        if (reach.kind === "not-yet") {
          why = `${handle.id}: ${reach.why}${inside === null ? "" : ` (port ${inside} of the container)`}`;
        } else reached.set(handle.id, reach.kind);
      }
      // One that has answered may still be waited for by its container's own health check: no reason to hurry then.
      if (reached.size === spec.count && pending.length > 0) continue;
    } catch (error) {
      cx.signal.throwIfAborted();
      // An answer that the end of the gate cut short explains nothing.
      if (left > FAIR_TIME || known === null) why = `the target could not be asked: ${(error as Error).message}`;
    }
    const pace = reached.size === spec.count ? Math.max(WAITING, paceAfter(spent())) : paceAfter(spent());
    await cx.clock.sleep(Math.max(0, Math.min(pace, spec.timeout - spent())), cx.signal);
  }
}

const paceAfter = (spent: number): number => PACES.find(({ until }) => spent < until)?.pace ?? 100;

function evidenceOf(count: number, reached: ReadonlyMap<string, "reports" | "silent">): string {
  const reports = [...reached.values()].filter((kind) => kind === "reports").length;
  const word =
    reports === count
      ? "each reports its artifact"
      : reports === 0
        ? "by the target's word, they do not report an artifact"
        : `${reports} report their artifact, the rest by the target's word`;
  return `${count} of ${count} up, ${word}`;
}

async function reach(
  ask: Readonly<{
    handle: Handle;
    on: GateSubject;
    cx: GateCx;
    /** Where each was at the last look at the target. */
    endpoints: Map<string, Endpoint | null>;
    left: number;
    spent: number;
  }>,
): Promise<Reach> {
  const { handle, on, cx, endpoints } = ask;
  const known = endpoints.get(handle.id);
  const endpoint = known === undefined ? await endpointOf(on.target, handle, cx, ask.left) : known;
  endpoints.set(handle.id, endpoint);
  if (endpoint === null) {
    return ask.spent >= WORKER_LIVES ? { kind: "silent" } : { kind: "not-yet", why: "a worker, watched for a moment" };
  }
  const answer = await boundedRequest({
    ...endpoint,
    method: "GET",
    path: "/version",
    timeout: Math.max(1, Math.min(ANSWER_TIME, ask.left)),
    limit: ANSWER_LIMIT,
    signal: cx.signal,
  });
  if (answer.kind === "answer") {
    const artifact = reportedArtifact(answer);
    if (artifact === null) return { kind: "silent" };
    return artifact === on.revision.artifact ? { kind: "reports" } : { kind: "wrong", artifact };
  }
  // Whatever it speaks, it listens; whether its answers are any good is for the health gate.
  if (answer.why === "not-http" || answer.why === "too-much") return { kind: "silent" };
  return { kind: "not-yet", why: `${endpoint.host}:${endpoint.port}: ${answer.message}` };
}

const endpointOf = (target: InstancesTarget, handle: Handle, cx: GateCx, left: number) =>
  limited(Math.max(1, left), cx, (signal) => target.endpoint(handle, { signal }));

async function linesOfAll(handles: readonly Handle[], on: GateSubject, cx: GateCx): Promise<readonly string[]> {
  return (await Promise.all(handles.slice(0, 3).map((handle) => linesOf(handle, on, cx)))).flat();
}
