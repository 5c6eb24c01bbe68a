import type { Route } from "../fleet/fleet.ts";
import type { Change } from "./change.ts";
import type { ObservedService } from "./observed.ts";
import type { Action, InstanceRef, StepId, WeightedBackends } from "./plan.ts";

export const weighted = (instances: readonly InstanceRef[], weight: number): WeightedBackends => ({
  instances,
  weight,
});

export const routeAction = (match: readonly Route[], backends: readonly WeightedBackends[]): Action => ({
  backends,
  kind: "shift",
  match: backends.length === 0 ? [] : match,
});

/** The route as it stands before the plan: what undoing a shift returns to. */
export function standing(observed: ObservedService): Action {
  if (observed.route === null) return routeAction([], []);
  return routeAction(
    observed.route.match,
    observed.route.backends.map(({ instance, weight }) => weighted([{ observed: instance }], weight)),
  );
}

/** Each instance of the desired revision, those that stay and those that the bring step starts. */
export function newcomers(change: Change, bring: StepId | null): InstanceRef[] {
  const refs: InstanceRef[] = change.keep.map(({ id }) => ({ observed: id }));
  if (bring !== null) for (let nth = 0; nth < change.missing; nth += 1) refs.push({ handlesOf: bring, nth });
  return refs;
}
