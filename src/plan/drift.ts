import { type ObservedService, sameRevision, shortRevision } from "./observed.ts";

/** What runs but should not, and what should but does not, measured against the last verified revision. */
export function driftOf(service: ObservedService): readonly string[] {
  const found: string[] = [];
  const mark = service.marks[0];
  const live = service.instances.filter(({ state }) => state === "running" || state === "restarting");
  if (mark === undefined) {
    if (live.length > 0) found.push(`${live.length} unverified instance${live.length === 1 ? "" : "s"}`);
    return found;
  }
  const right = live.filter(({ revision }) => sameRevision(revision, mark.revision));
  const wrong = live.filter((instance) => !right.includes(instance));
  if (right.length < mark.spec.replicas) found.push(`${right.length} of ${mark.spec.replicas} verified instances run`);
  if (right.length > mark.spec.replicas) found.push(`${right.length - mark.spec.replicas} more than declared`);
  for (const instance of wrong)
    found.push(`${instance.id} runs ${shortRevision(instance.revision)}, which is not the verified one`);
  for (const instance of right.filter(({ state }) => state === "restarting")) {
    found.push(`${instance.id} keeps dying${instance.lastExit === null ? "" : ` (${instance.lastExit})`}`);
  }
  if (mark.spec.routes.length > 0) found.push(...routeDrift(service, new Set(right.map(({ id }) => id))));
  return found;
}

function routeDrift(service: ObservedService, right: ReadonlySet<string>): readonly string[] {
  const serving = service.route?.backends.filter(({ weight }) => weight > 0) ?? [];
  if (serving.length === 0) return ["the router sends it nothing"];
  const astray = serving.filter(({ instance }) => !right.has(instance));
  return astray.map(({ instance }) => `the router sends requests to ${instance}`);
}
