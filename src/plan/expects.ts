import type { Digest } from "./canonical.ts";
import type { Observed, ObservedRoute, ObservedService } from "./observed.ts";

/**
 * Hash of what a plan relies on. Left out is what changes by itself without making the plan wrong: pids, times, restarts, and
 * whether an instance is between two starts at this very moment.
 */
export const expectsOf = (observed: Observed, digest: Digest): string => digest(pieces(observed));

/** Services that are written at once: few enough to stay small, enough to make a call for each of no account. */
const AT_ONCE = 1024;

/** The canonical JSON of a list, a handful of services at a time. */
function* pieces({ environment, services }: Observed): Generator<string> {
  const names = Object.keys(services).sort();
  yield `[${JSON.stringify(environment)},[`;
  let between = "";
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const present = names.slice(from, from + AT_ONCE).flatMap((name) => {
      const service = services[name];
      return service === undefined || isNothing(service) ? [] : [reliedOn(name, service)];
    });
    if (present.length === 0) continue;
    yield between + JSON.stringify(present).slice(1, -1);
    between = ",";
  }
  yield "]]";
}

const isNothing = ({ instances, route, marks, migrations }: ObservedService): boolean =>
  instances.length === 0 && route === null && marks.length === 0 && migrations.length === 0;

/** Lists alone, whose order says what is what: nothing in them is left to be sorted. */
const reliedOn = (name: string, { instances, route, marks, migrations }: ObservedService): unknown => [
  name,
  [...instances]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, revision, state }) => [
      id,
      revision.artifact,
      revision.variables,
      state === "stopping" ? "stopping" : "live",
    ]),
  route === null ? null : routed(route),
  marks.slice(0, 1).map(({ revision, release }) => [revision.artifact, revision.variables, release]),
  migrations.map(({ name: migration, sha256 }) => [migration, sha256]),
];

const routed = ({ match, backends }: ObservedRoute): unknown => [
  match.map((one) => (one.kind === "prefix" ? [one.kind, one.prefix] : [one.kind, one.host])),
  [...backends].sort((a, b) => (a.instance < b.instance ? -1 : 1)).map(({ instance, weight }) => [instance, weight]),
];
