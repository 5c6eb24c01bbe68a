import type { Plan, Step, StepId } from "../plan/plan.ts";

/** The steps that may start now. Each step is looked at once per step before it: a plan of 10,000 costs 10,000. */
export type Forward = {
  /** The next step to start, or null: nothing is ready, or the bound on services is reached. */
  next(): Step | null;
  finished(step: Step): void;
  /** The service's place is free again, whatever of it is left. */
  free(service: string): void;
};

/** Steps that occupy no place: they neither load the services nor wait for them. */
const PLACELESS = new Set(["fetch", "surround", "migrate", "backfill", "retire", "mark", "unmark"]);

/** At most `plan.concurrency` services are between their first step and their last gate at the same time. */
export function forward(plan: Plan, done: ReadonlySet<StepId> | ReadonlyMap<StepId, unknown>): Forward {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const left = new Map<StepId, number>();
  const followers = new Map<StepId, Step[]>();
  const work = new Map<string, number>();
  const ready: Step[] = [];
  /** Nobody waits for the old instances' end: what others wait for is begun before it. */
  const lasts: Step[] = [];
  const queued = new Map<string, Step[]>();
  const open = new Set<string>();

  const offer = (step: Step): void => {
    if (step.action.kind === "retire") lasts.push(step);
    else if (PLACELESS.has(step.action.kind) || open.has(step.service)) ready.push(step);
    else {
      const list = queued.get(step.service);
      if (list === undefined) queued.set(step.service, [step]);
      else list.push(step);
    }
  };
  const counts = (step: Step): boolean => !PLACELESS.has(step.action.kind);

  for (const step of plan.steps) {
    if (done.has(step.id)) continue;
    if (counts(step)) work.set(step.service, (work.get(step.service) ?? 0) + 1);
    const before = step.after.filter((id) => steps.has(id) && !done.has(id));
    left.set(step.id, before.length);
    for (const id of before) {
      const list = followers.get(id);
      if (list === undefined) followers.set(id, [step]);
      else list.push(step);
    }
  }
  for (const step of plan.steps) if (left.get(step.id) === 0) offer(step);

  let head = 0;
  let lastHead = 0;
  const last = (): Step | null => {
    const step = lasts[lastHead];
    if (step !== undefined) lastHead += 1;
    return step ?? null;
  };
  return {
    next() {
      const step = ready[head];
      if (step !== undefined) {
        head += 1;
        return step;
      }
      if (open.size >= plan.concurrency) return last();
      const [service, list] = queued.entries().next().value ?? [];
      if (service === undefined || list === undefined) return last();
      queued.delete(service);
      open.add(service);
      ready.push(...list);
      return this.next();
    },
    finished(step) {
      if (counts(step)) {
        const rest = (work.get(step.service) ?? 1) - 1;
        work.set(step.service, rest);
        if (rest === 0) open.delete(step.service);
      }
      for (const follower of followers.get(step.id) ?? []) {
        const count = (left.get(follower.id) ?? 0) - 1;
        left.set(follower.id, count);
        if (count === 0) offer(follower);
      }
    },
    free(service) {
      open.delete(service);
    },
  };
}
