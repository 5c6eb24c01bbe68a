import type { ObservedService } from "./observed.ts";
import type { Action, Step, StepId } from "./plan.ts";
import { refsTo, routeAction, serving, standing } from "./traffic.ts";

/** Takes a service away: no more traffic, then its instances, then its marks. Last of all, after those who might still call it. */
export function removeSteps(name: string, observed: ObservedService, after: readonly StepId[]): readonly Step[] {
  const steps: Step[] = [];
  const add = (verb: string, action: Action, undo: Action | null): void => {
    const last = steps.at(-1);
    steps.push({ id: `${name}.${verb}`, service: name, action, after: last === undefined ? after : [last.id], undo });
  };
  if (observed.route !== null) add("close", routeAction([], []), standing(observed));
  if (observed.instances.length > 0) {
    const instances = refsTo(observed.instances);
    const running = refsTo(serving(observed));
    const health = observed.marks[0]?.spec.health ?? null;
    add(
      "retire",
      { kind: "retire", instances },
      running.length === 0 ? null : { kind: "revive", instances: running, health },
    );
  }
  add("unmark", { kind: "unmark" }, null);
  return steps;
}
