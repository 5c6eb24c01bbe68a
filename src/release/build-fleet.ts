import type { Artifact, BuildEvent } from "../artifacts/artifact.ts";
import type { ArtifactKind } from "../artifacts/artifact-kind.ts";
import { readRepository } from "../artifacts/git/repository.ts";
import type { Problem } from "../problem.ts";
import { buildOrder } from "./artifacts-order.ts";
import { artifactKinds } from "./needed-artifacts.ts";
import { variablesEverywhere } from "./variables-everywhere.ts";
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
