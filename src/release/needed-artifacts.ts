import type { ArtifactKind } from "../artifacts/artifact-kind.ts";
import type { Workplace } from "./workplace.ts";

/** Releases, newest first, whose plans are asked what they need. */
const LOOKED_AT = 200;

/** The kinds that the fleet's environments use, each once. */
export const artifactKinds = (at: Workplace): readonly ArtifactKind[] => [
  ...new Set(Object.values(at.fleet.environments).map(at.artifacts)),
];

/** What runs, what a rollback returns to and what an unfinished release is about: of every environment, by name. */
export async function neededArtifacts(at: Workplace): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const environment of Object.values(at.fleet.environments)) {
    const { services } = await at.target(environment).observe({ signal: at.signal });
    for (const { marks, instances } of Object.values(services)) {
      for (const { revision } of [...marks, ...instances]) needed.add(revision.artifact);
    }
  }
  for (const { plan, status, environment } of await (await at.store()).releases(null, LOOKED_AT)) {
    // Another branch may declare environments that this one does not know: nobody here can ask what runs there.
    const declared = Object.hasOwn(at.fleet.environments, environment);
    if (declared && (status === "verified" || status === "rolled-back")) continue;
    for (const { from, to } of plan.services) for (const one of [from, to]) if (one !== null) needed.add(one.artifact);
  }
  return needed;
}
