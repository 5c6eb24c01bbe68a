import pLimit from "p-limit";
import type { Artifact, ArtifactState, BuildEvent } from "./artifact.ts";

export type Missing = Readonly<{
  states: readonly ArtifactState[];
  /** Builds at the same time. */
  concurrency: number;
  events: (event: BuildEvent) => void;
  /** Prepares the place where all are built, and calls `use` in it. */
  place: (use: (buildOne: (state: ArtifactState) => Promise<Artifact>) => Promise<void>) => Promise<void>;
}>;

/** Builds what has not been found. After a failure no further build begins; the first failure is thrown once all have ended. */
export async function buildMissing(order: Missing): Promise<Readonly<Record<string, Artifact>>> {
  const artifacts: Record<string, Artifact> = {};
  const missing: ArtifactState[] = [];
  for (const state of order.states) {
    if (state.found === null) {
      missing.push(state);
      continue;
    }
    artifacts[state.service] = state.found;
    order.events({ kind: "reused", service: state.service, artifact: state.found.artifact });
  }
  if (missing.length === 0) return artifacts;
  await order.place(async (buildOne) => {
    const limit = pLimit(Math.max(1, order.concurrency));
    const failed: unknown[] = [];
    const builds = missing.map((state) =>
      limit(async () => {
        if (failed.length > 0) return;
        try {
          artifacts[state.service] = await buildOne(state);
        } catch (error) {
          failed.push(error);
          order.events({ kind: "failed", service: state.service, error });
        }
      }),
    );
    await Promise.all(builds);
    if (failed.length > 0) throw failed[0];
  });
  return Object.fromEntries(
    order.states.flatMap(({ service }) => (artifacts[service] ? [[service, artifacts[service]]] : [])),
  );
}
