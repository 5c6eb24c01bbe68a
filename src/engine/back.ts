import type { Plan, Step, StepId } from "../plan/plan.ts";

/** Steps to take back, each after all that were built upon it. */
export type Back = {
  next(): Step | null;
  finished(step: Step): void;
  readonly total: number;
};

/** The reverse of the plan over what was begun in these services; steps with nothing to take back only carry the order. */
export function back(plan: Plan, begun: readonly Step[], undone: ReadonlySet<StepId>): Back {
  const within = new Map(begun.filter((step) => !undone.has(step.id)).map((step) => [step.id, step]));
  const left = new Map<StepId, number>([...within.keys()].map((id) => [id, 0]));
  for (const step of plan.steps) {
    if (!within.has(step.id)) continue;
    for (const before of step.after) if (within.has(before)) left.set(before, (left.get(before) ?? 0) + 1);
  }
  const ready: Step[] = [...within.values()].filter(({ id }) => left.get(id) === 0).reverse();
  let head = 0;
  return {
    total: within.size,
    next() {
      const step = ready[head];
      if (step === undefined) return null;
      head += 1;
      return step;
    },
    finished(step) {
      for (const before of step.after) {
        if (!within.has(before)) continue;
        const count = (left.get(before) ?? 0) - 1;
        left.set(before, count);
        const earlier = within.get(before);
        if (count === 0 && earlier !== undefined) ready.push(earlier);
      }
    },
  };
}
