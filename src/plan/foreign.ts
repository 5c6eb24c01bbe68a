import { type Observed, sameRevision } from "./observed.ts";
import type { Action, InstanceRef, Plan } from "./plan.ts";

/**
 * What somebody else has changed since this plan was begun, in words; empty: it may go on. What is there must have been there when the
 * plan was made, or be its own release's.
 */
export function foreignTo(plan: Plan, release: string, observed: Observed): readonly string[] {
  const known = new Set(
    plan.steps.flatMap(({ action, undo }) => [...namedIn(action), ...(undo === null ? [] : namedIn(undo))]),
  );
  return plan.services.flatMap(({ name, change, from }) => {
    if (change === "none") return [];
    const { instances = [], marks = [] } = observed.services[name] ?? {};
    const found = instances
      .filter((instance) => instance.release !== release && !known.has(instance.id))
      .map((instance) => `${instance.id} was brought by release ${instance.release}`);
    const [mark] = marks;
    const ours = mark === undefined || mark.release === release || (from !== null && sameRevision(mark.revision, from));
    return ours ? found : [...found, `${name} was verified by release ${mark.release}`];
  });
}

function namedIn(action: Action): readonly string[] {
  const ids = (refs: readonly InstanceRef[]): string[] =>
    refs.flatMap((ref) => ("observed" in ref ? [ref.observed] : []));
  switch (action.kind) {
    case "retire":
    case "revive":
      return ids(action.instances);
    case "gate":
      return [...ids(action.instances), ...("baseline" in action.gate ? ids(action.gate.baseline) : [])];
    case "shift":
      return action.backends.flatMap(({ instances }) => ids(instances));
    case "fetch":
    case "surround":
    case "bring":
    case "migrate":
    case "backfill":
    case "mark":
    case "unmark":
      return [];
  }
}
