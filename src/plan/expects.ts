import { canonicalJson, type Digest } from "./canonical.ts";
import type { Observed } from "./observed.ts";

/**
 * Hash of what a plan relies on. Left out is what changes by itself without making the plan wrong: pids, times, restarts, and
 * whether an instance is between two starts at this very moment.
 */
export function expectsOf(observed: Observed, digest: Digest): string {
  const services = Object.entries(observed.services).map(([name, service]) => [
    name,
    [...service.instances]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, revision, state }) => [
        id,
        revision.artifact,
        revision.variables,
        state === "stopping" ? "stopping" : "live",
      ]),
    service.route === null
      ? null
      : [service.route.match, [...service.route.backends].sort((a, b) => (a.instance < b.instance ? -1 : 1))],
    service.marks.slice(0, 1).map(({ revision, release }) => [revision.artifact, revision.variables, release]),
    service.migrations.map(({ name: migration, sha256 }) => [migration, sha256]),
  ]);
  const present = services.filter(
    ([, instances, route, marks, migrations]) =>
      [instances, marks, migrations].some((list) => Array.isArray(list) && list.length > 0) || route !== null,
  );
  return digest(canonicalJson([observed.environment, present.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))]));
}
