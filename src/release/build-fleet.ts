import type { Artifact, BuildEvent } from "../artifacts/artifact.ts";
import type { ArtifactKind } from "../artifacts/artifact-kind.ts";
import { readRepository } from "../artifacts/git/repository.ts";
import { type Problem, problem } from "../problem.ts";
import { buildOrder } from "./artifacts-order.ts";
import { artifactKinds } from "./needed-artifacts.ts";
import type { Workplace } from "./workplace.ts";

export type FleetBuild = Readonly<{
  kind: ArtifactKind["kind"];
  commit: string;
  artifacts: Readonly<Record<string, Artifact>>;
  /** Environments whose secrets could not be read here: they were not looked for. */
  unread: readonly Problem[];
}>;

/**
 * Builds what environments will run: images where the fleet has an environment of containers, else bundles. What is not committed is not
 * in them, and is not refused here: a release does that.
 */
export async function buildFleet(
  at: Workplace,
  { services, events }: Readonly<{ services: readonly string[] | null; events: (event: BuildEvent) => void }>,
): Promise<FleetBuild> {
  const repository = await readRepository({ root: at.fleet.root, fetch: null, signal: at.signal });
  const kinds = artifactKinds(at);
  const kind = kinds.find((one) => one.kind === "image") ?? kinds[0];
  if (kind === undefined) throw new Error("a fleet has an environment");
  const { withheld, unread } = await variablesEverywhere(at);
  const order = buildOrder(at, { services, repository, before: null, withheld });
  const artifacts = await kind.build({ ...order, events });
  return { kind: kind.kind, commit: repository.head, artifacts, unread };
}

async function variablesEverywhere(
  at: Workplace,
): Promise<Readonly<{ withheld: ReadonlySet<string>; unread: readonly Problem[] }>> {
  const read = await at.variables();
  const withheld = new Set<string>();
  const unread = new Map<string, Problem>();
  for (const environment of Object.keys(at.fleet.environments)) {
    for (const service of Object.keys(at.fleet.services)) {
      const found = await read(environment, service);
      if (found.kind === "variables") for (const { name } of found.variables.variables) withheld.add(name);
      else if (!unread.has(environment)) {
        const what = `the variables of ${environment} cannot be read here, so its secrets were not looked for: ${found.problems[0]?.message}`;
        unread.set(environment, problem("variables-unread", what));
      }
    }
  }
  return { withheld, unread: [...unread.values()] };
}
