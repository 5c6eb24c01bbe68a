import { STALE_FENCE, StepFault } from "../fault.ts";
import type { GateResult } from "../gates/gate.ts";
import type { Clock } from "../io/clock.ts";
import type { InstanceRef, Plan, Step, StepId } from "../plan/plan.ts";
import { attempt, faultRecord } from "./attempt.ts";
import { type Back, back } from "./back.ts";
import type { Driver, Operation } from "./driver.ts";
import type { OnEvent } from "./events.ts";
import { forward } from "./forward.ts";
import { type EndStatus, type JournalRecord, type Outcome, operationId, type Way } from "./journal.ts";
import { note, replay, type Turn } from "./progress.ts";

/** What to do about a gate that could decide nothing, once it has waited as long as it may. */
export type Inconclusive = "retry" | "back" | "halt";

export type Run = Readonly<{
  plan: Plan;
  release: string;
  /** The journal so far: empty at first, what a dead run left when it is resumed. */
  records: readonly JournalRecord[];
  driver: Driver;
  /** As `Store.append`. */
  append: (record: JournalRecord, durable: boolean) => Promise<void>;
  clock: Clock;
  /** Aborted: start nothing more, let what runs finish. */
  stop: AbortSignal;
  /** Aborted: the lease was lost to a newer deployer; everything is dropped at once. */
  lost: AbortSignal;
  /** A person decided to go back: everything begun is taken back. */
  turnBack: boolean;
  inconclusive: (step: Step, gate: GateResult) => Promise<Inconclusive>;
  onEvent: OnEvent;
}>;

type Finished = Readonly<{ step: Step; way: Way; took: number }> &
  Readonly<
    | { kind: "done"; outcome: Outcome }
    | { kind: "failed"; error: unknown; gate: GateResult | null; halts: boolean }
    | { kind: "cut" }
  >;

/** Thrown by a gate's verdict, so that a failed gate and a failed effect take the same way. */
class GateFailed extends Error {
  readonly gate: GateResult;
  readonly halts: boolean;

  constructor(gate: GateResult, halts: boolean) {
    super(`${gate.kind} ${gate.verdict}: ${gate.evidence}`);
    this.gate = gate;
    this.halts = halts;
  }
}

/** The intent could not be written: the step has not begun, and has not failed. */
class Unwritten extends Error {}

/** Nobody answered what to do about a gate: it is as if it had not been looked through. */
class Undecided extends Error {}

/** Milliseconds. A verdict that was reached sooner is as soon reached again: writing it down waits for the next change. */
const KEPT = 5000;

/** Steps that come after the last gate: when one fails the service is verified already, and taking it back would be the outage. */
const isAfterwork = ({ action }: Step): boolean =>
  action.kind === "retire" ||
  action.kind === "mark" ||
  action.kind === "unmark" ||
  action.kind === "backfill" ||
  (action.kind === "migrate" && action.direction === "down");

/**
 * Runs a plan to one of its ends. Journal first: intent, effect, outcome; a resumed run replays the journal and goes on from there.
 * Steps start as soon as those they wait for are done.
 */
export async function execute(run: Run): Promise<EndStatus> {
  const { plan, release, driver, clock, stop, onEvent } = run;
  const progress = replay(run.records);
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const ahead = forward(plan, progress.done);
  const running = new Map<StepId, { step: Step; way: Way; cut: AbortController }>();
  const finished: Finished[] = [];
  let wake: () => void = () => {};
  let turned = false;
  let halted = false;
  let superseded = false;
  let broken: { error: unknown } | null = null;
  const inForce: Turn[] = [];
  const backs: { services: ReadonlySet<string>; walk: Back | null; left: number; after: number }[] = [];

  const record = async (entry: JournalRecord, durable = true): Promise<void> => {
    await run.append(entry, durable);
    note(progress, entry);
  };

  const instances = async (refs: readonly InstanceRef[], signal: AbortSignal): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (const ref of refs) {
      if ("observed" in ref) {
        ids.push(ref.observed);
        continue;
      }
      const brought =
        progress.done.get(ref.handlesOf)?.handles ??
        (await driver.find(operationId(release, ref.handlesOf, "do"), signal));
      if (ref.nth === null) ids.push(...brought);
      else if (brought[ref.nth] !== undefined) ids.push(brought[ref.nth] ?? "");
    }
    return ids;
  };

  const start = (step: Step, way: Way): void => {
    const cut = new AbortController();
    running.set(step.id, { step, way, cut });
    const began = clock.monotonic();
    const settle = (result: Finished): void => {
      finished.push(result);
      wake();
    };
    act({ step, way, cut: step.action.kind === "backfill" ? AbortSignal.any([cut.signal, stop]) : cut.signal }).then(
      (outcome) => settle({ kind: "done", step, way, outcome, took: clock.monotonic() - began }),
      (error: unknown) => {
        const base = { step, way, took: clock.monotonic() - began };
        // Hours of batches are not waited for: each is whole, and the next run goes on after the last.
        const paused = stop.aborted && step.action.kind === "backfill";
        const dropped = (cut.signal.aborted || paused) && !(error instanceof GateFailed);
        if (dropped || error instanceof Undecided || error instanceof Unwritten)
          return settle({ kind: "cut", ...base });
        const failedGate = error instanceof GateFailed ? error : null;
        settle({
          kind: "failed",
          ...base,
          error,
          gate: failedGate?.gate ?? null,
          halts: failedGate?.halts ?? false,
        });
      },
    );
  };

  const act = async ({ step, way, cut }: { step: Step; way: Way; cut: AbortSignal }): Promise<Outcome> => {
    const action = way === "do" ? step.action : step.undo;
    if (action === null) return {};
    const id = operationId(release, step.id, way);
    const cutOff = (way === "do" ? progress.intended : progress.undoIntended).has(step.id);
    const operation: Operation = { id, step, way, action, instances: (refs) => instances(refs, cut) };
    // A gate changes nothing: nobody has to know that it was begun.
    if (!cutOff) {
      const intent = { kind: "intended", at: clock.now(), step: step.id, way } as const;
      await record(intent, step.action.kind !== "gate").catch((error: unknown) => {
        if (isStale(error)) throw error;
        broken ??= { error };
        throw new Unwritten();
      });
    }
    onEvent({ kind: "step-started", step, way });
    for (let look = cutOff; ; look = false) {
      const outcome = await attempt({
        driver,
        operation,
        cutOff: look,
        clock,
        signal: cut,
        retried: (fault) => onEvent({ kind: "step-retried", step, way, fault }),
      });
      const gate = outcome.gate;
      if (gate === undefined || gate.verdict === "passed") return outcome;
      if (gate.verdict === "failed") throw new GateFailed(gate, false);
      const wish = await Promise.race([run.inconclusive(step, gate), gaveUp(cut)]).catch((error: unknown) => {
        throw stop.aborted ? new Undecided() : error;
      });
      if (wish !== "retry") throw new GateFailed(gate, wish === "halt");
    }
  };

  const openBack = (wanted: readonly string[], after: number): void => {
    // What goes back already is not taken back a second time beside it.
    const services = wanted.filter((service) => !backs.some((job) => job.services.has(service)));
    if (services.length > 0) backs.push({ services: new Set(services), walk: null, left: 0, after });
  };

  /** The rest of the release goes on without it. */
  const concernsOne = ({ first, towards }: Turn): boolean =>
    plan.onFailure === "service" && towards === "rolled-back" && first !== null;

  /** Carries out a decision to go back, new or found in the journal. */
  const turn = (entry: Turn): void => {
    if (entry.towards === "halted") halted = true;
    // Going back altogether answers the question that a halt had left.
    else if (!concernsOne(entry)) halted = false;
    if (!concernsOne(entry)) turned = true;
    if (entry.first !== null) openBack([entry.first], -1);
    const others = entry.services.filter((service) => service !== entry.first);
    const before = entry.first;
    openBack(others, before === null ? backs.length - 1 : backs.findIndex((job) => job.services.has(before)));
    // Waiting gates of services that go back anyway decide nothing any more.
    for (const { step, way, cut } of running.values()) {
      if (way === "do" && step.action.kind === "gate" && entry.services.includes(step.service))
        cut.abort(new Error("going back"));
    }
  };

  const decide = async (failure: Extract<Finished, { kind: "failed" }>, message: string): Promise<void> => {
    const { step } = failure;
    // Gates that run side by side may fail side by side: the first has decided.
    if (inForce.some(({ services }) => services.includes(step.service))) return;
    if (turned && progress.turns.some(({ services }) => services.includes(step.service))) return;
    // A service that stops before it starts retires first: its gates are still to come.
    const lasting = isAfterwork(step) && gatesPassed(step.service);
    const halts = lasting || plan.onFailure === "halt" || failure.halts;
    // Whatever the policy, the service that failed goes back at once: its old instances still run.
    const services = lasting ? [] : plan.onFailure === "release" && !failure.halts ? begunServices() : [step.service];
    await turnTo({
      cause: `${step.id}: ${message}`,
      first: services.includes(step.service) ? step.service : null,
      services,
      towards: halts ? "halted" : "rolled-back",
    });
  };

  const gatesPassed = (service: string): boolean =>
    plan.steps.every((step) => step.service !== service || step.action.kind !== "gate" || progress.done.has(step.id));

  const begunServices = (): string[] => [
    // A step that has just started may not have its intent on disk yet.
    ...new Set(
      plan.steps.filter(({ id }) => progress.intended.has(id) || running.has(id)).map(({ service }) => service),
    ),
  ];

  const turnTo = async (decision: Omit<Extract<JournalRecord, { kind: "turned" }>, "kind" | "at">): Promise<void> => {
    const entry = { kind: "turned", at: clock.now(), ...decision } as const;
    await record(entry);
    onEvent({ kind: "turned", cause: entry.cause, services: entry.services, towards: entry.towards });
    inForce.push(entry);
    turn(entry);
  };

  const busy = (services: ReadonlySet<string>): boolean =>
    [...running.values()].some(({ step, way }) => way === "do" && services.has(step.service));

  const pump = (): void => {
    if (superseded) return;
    for (const [index, job] of backs.entries()) {
      const waits = job.after >= 0 && !over(job.after);
      if (waits || (job.walk === null && busy(job.services))) continue;
      if (job.walk === null) {
        const begun = plan.steps.filter(({ id, service }) => job.services.has(service) && progress.intended.has(id));
        job.walk = back(plan, begun, progress.undone);
        job.left = job.walk.total;
      }
      if (stop.aborted) continue;
      for (let step = job.walk.next(); step !== null; step = job.walk.next()) {
        if (step.undo === null) {
          job.left -= 1;
          job.walk.finished(step);
        } else start(step, "undo");
      }
      if (over(index)) for (const service of job.services) ahead.free(service);
    }
    if (turned || halted || stop.aborted) return;
    for (let step = ahead.next(); step !== null; step = ahead.next()) {
      const { service } = step;
      // A service that was taken back gives its place to those that wait for one.
      if (inForce.some(({ services }) => services.includes(service))) ahead.free(service);
      else start(step, "do");
    }
  };

  const supersede = (why: unknown): void => {
    superseded = true;
    for (const other of running.values()) other.cut.abort(why);
    wake();
  };

  const over = (index: number): boolean => {
    const job = backs[index];
    return job === undefined || (job.walk !== null && job.left === 0);
  };

  const handle = async (result: Finished): Promise<void> => {
    const { step, way, took } = result;
    running.delete(step.id);
    const at = clock.now();
    if (result.kind === "cut") return;
    if (result.kind === "done") {
      const job = way === "undo" ? backs.find(({ services }) => services.has(step.service)) : undefined;
      const durable = step.action.kind !== "gate" || took > KEPT || stop.aborted;
      await record({ kind: "done", at, step: step.id, way, took, outcome: result.outcome }, durable);
      onEvent({ kind: "step-done", step, way, took, outcome: result.outcome });
      if (way === "do") ahead.finished(step);
      else if (job?.walk) {
        job.left -= 1;
        job.walk.finished(step);
      }
      return;
    }
    if (isStale(result.error)) {
      supersede(result.error);
      return;
    }
    const fault =
      result.gate === null
        ? faultRecord(result.error)
        : {
            code: `gate-${result.gate.verdict}`,
            message: result.gate.evidence,
            evidence: result.gate.detail.join("\n"),
          };
    await record({ kind: "failed", at, step: step.id, way, took, fault, gate: result.gate, halts: result.halts });
    onEvent({ kind: "step-failed", step, way, took, fault });
    if (way === "do") await decide(result, fault.message);
    else halted = true;
  };

  onEvent({ kind: "plan", plan, release, resumed: run.records.length > 0 });
  run.lost.addEventListener("abort", () => supersede(run.lost.reason), { once: true });
  if (run.lost.aborted) supersede(run.lost.reason);
  // A halt that took nothing back ends with being resumed: what failed is tried again.
  inForce.push(...progress.turns.filter(({ towards, services }) => towards !== "halted" || services.length > 0));
  for (const entry of inForce) turn(entry);
  // The run died between a failure and the decision about it.
  for (const [id, { message, halts }] of superseded ? [] : [...progress.failed]) {
    const step = steps.get(id);
    if (step === undefined || inForce.some(({ services }) => services.includes(step.service))) continue;
    await decide({ kind: "failed", step, way: "do", took: 0, error: null, gate: null, halts }, message);
  }
  if (run.turnBack && !superseded && !inForce.some((entry) => entry.towards === "rolled-back" && !concernsOne(entry))) {
    await turnTo({ cause: "asked to go back", first: null, services: begunServices(), towards: "rolled-back" });
  }
  for (;;) {
    if (broken === null) pump();
    if (finished.length === 0 && running.size === 0) break;
    if (finished.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    for (const result of finished.splice(0)) {
      try {
        await handle(result);
      } catch (error) {
        // Without a journal nothing more may start; what runs is let finish.
        if (isStale(error)) supersede(error);
        else broken ??= { error };
      }
    }
  }
  if (broken !== null) throw broken.error;
  const status = ending();
  if (status !== "interrupted" && status !== "superseded") await record({ kind: "ended", at: clock.now(), status });
  onEvent({ kind: "ended", status });
  return status;

  function ending(): EndStatus {
    if (superseded) return "superseded";
    if (halted && backs.every((_, index) => over(index) || progress.undoFailed.size > 0)) return "halted";
    if (progress.undoFailed.size > 0) return "halted";
    if (!backs.every((_, index) => over(index))) return "interrupted";
    if (inForce.some(({ towards }) => towards === "rolled-back")) return "rolled-back";
    return plan.steps.every(({ id }) => progress.done.has(id)) ? "verified" : "interrupted";
  }
}

const isStale = (error: unknown): boolean => error instanceof StepFault && error.code === STALE_FENCE;

/** Rejects when the step is not wanted any more. */
const gaveUp = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
