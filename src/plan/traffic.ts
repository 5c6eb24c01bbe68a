import type { Route } from "../fleet/fleet.ts";
import type { Change } from "./change.ts";
import { type ObservedInstance, type ObservedService, sameRevision } from "./observed.ts";
import type { Action, InstanceRef, StepId, WeightedBackends } from "./plan.ts";

export const weighted = (instances: readonly InstanceRef[], weight: number): WeightedBackends => ({
  instances,
  weight,
});

export const routeAction = (match: readonly Route[], backends: readonly WeightedBackends[]): Action => ({
  kind: "shift",
  match: backends.length === 0 ? [] : match,
  backends,
});

/**
 * The instances that do the work before the change, and that a way back returns to. Where a release that was cut off has put
 * something unverified among them, they are the verified ones, as long as enough of those still run.
 */
export function serving(observed: ObservedService): readonly ObservedInstance[] {
  return verifiedInstead(observed) ?? routed(observed);
}

/** What puts the traffic back to the verified revision first of all; null where it is there. */
export function settling(observed: ObservedService): Action | null {
  const verified = verifiedInstead(observed);
  const mark = observed.marks[0];
  if (observed.route === null || verified === null || mark === undefined) return null;
  const back = mark.spec.routes.length === 0 ? [] : [weighted(refsTo(verified), 1)];
  return routeAction(mark.spec.routes, back);
}

/** The route that undoing a shift returns to: as it stands before the plan, or as it was settled. */
export function standing(observed: ObservedService): Action {
  const settled = settling(observed);
  if (settled !== null) return settled;
  if (observed.route === null) return routeAction([], []);
  return routeAction(
    observed.route.match,
    observed.route.backends.map(({ instance, weight }) => weighted([{ observed: instance }], weight)),
  );
}

export const refsTo = (instances: readonly ObservedInstance[]): InstanceRef[] =>
  instances.map(({ id }) => ({ observed: id }));

/** Those with traffic; without a route there is no telling which of them work, but by their state. */
function routed({ route, instances }: ObservedService): readonly ObservedInstance[] {
  if (route === null) return instances.filter(({ state }) => state === "running");
  const weights = new Set(route.backends.filter(({ weight }) => weight > 0).map(({ instance }) => instance));
  return instances.filter(({ id }) => weights.has(id));
}

function verifiedInstead(observed: ObservedService): readonly ObservedInstance[] | null {
  const mark = observed.marks[0];
  // Never verified: there is nothing better to return to than what is there, and behind no router not even that.
  if (mark === undefined) return observed.route === null ? [] : null;
  const isVerified = ({ revision }: ObservedInstance): boolean => sameRevision(revision, mark.revision);
  if (routed(observed).every(isVerified)) return null;
  const verified = observed.instances.filter((instance) => instance.state === "running" && isVerified(instance));
  return verified.length >= mark.spec.replicas ? verified : null;
}

/** Each instance of the desired revision, those that stay and those that the bring step starts. */
export function newcomers(change: Change, bring: StepId | null): InstanceRef[] {
  const refs: InstanceRef[] = change.keep.map(({ id }) => ({ observed: id }));
  if (bring !== null) for (let nth = 0; nth < change.missing; nth += 1) refs.push({ handlesOf: bring, nth });
  return refs;
}
