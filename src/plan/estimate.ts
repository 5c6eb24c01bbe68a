import type { Plan, Step, StepId } from "./plan.ts";

/** How long steps took before, in milliseconds: the median by service and kind of step, or by kind alone (`*`). */
export type PastDurations = Readonly<Record<string, number>>;

export const durationKey = (service: string, step: Pick<Step, "action">): string =>
  `${service}/${step.action.kind === "gate" ? step.action.gate.kind : step.action.kind}`;

/** What a step takes that never ran, beside its declared waiting: a guess until there is a past. */
const UNKNOWN_STEP = 300;

/** Seconds along the longest path of the plan. */
export function estimateSeconds(plan: Plan, past: PastDurations): number {
  const ends = new Map<StepId, number>();
  let longest = 0;
  for (const step of inOrder(plan.steps)) {
    const starts = Math.max(0, ...step.after.map((id) => ends.get(id) ?? 0));
    const end = starts + expected(step, past);
    ends.set(step.id, end);
    longest = Math.max(longest, end);
  }
  return Math.round(longest / 100) / 10;
}

function expected(step: Step, past: PastDurations): number {
  const known = past[durationKey(step.service, step)] ?? past[durationKey("*", step)];
  if (known !== undefined) return known;
  const { action } = step;
  if (action.kind !== "gate") return UNKNOWN_STEP;
  if (action.gate.kind === "health") return action.gate.health.healthyFor;
  if (action.gate.kind === "logs") return action.gate.logs.watch;
  if (action.gate.kind === "traffic") return action.gate.watch;
  return UNKNOWN_STEP;
}

/** Steps after those they wait for. */
export function inOrder(steps: readonly Step[]): readonly Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const left = new Map(steps.map((step) => [step.id, step.after.length]));
  const followers = new Map<StepId, StepId[]>();
  for (const step of steps) {
    for (const before of step.after) {
      const list = followers.get(before);
      if (list === undefined) followers.set(before, [step.id]);
      else list.push(step.id);
    }
  }
  const order = steps.filter(({ after }) => after.length === 0);
  for (let index = 0; index < order.length; index += 1) {
    for (const id of followers.get(order[index]?.id ?? "") ?? []) {
      const count = (left.get(id) ?? 0) - 1;
      left.set(id, count);
      const step = byId.get(id);
      if (count === 0 && step !== undefined) order.push(step);
    }
  }
  return order;
}
