import type { Clock } from "../../io/clock.ts";
import type { ArtifactKind } from "../artifact-kind.ts";
import { scanBundleForSecrets } from "../leaks/scan-bundle.ts";
import { buildBundles } from "./build-bundles.ts";
import { bundlesAt } from "./bundles-at.ts";
import { pruneBundles } from "./prune-bundles.ts";
import { verifyBundle } from "./verify-bundle.ts";

/** Folders under the fleet's state folder. */
export const bundleKind = ({ state, clock }: Readonly<{ state: string; clock: Clock }>): ArtifactKind => ({
  kind: "bundle",
  look: bundlesAt,
  build: buildBundles,
  // The sources were searched before the build; what came out of it may hold what the build put in.
  leaks: ({ artifact, values, signal }) => scanBundleForSecrets(artifact.source, { values }, signal),
  files: async ({ source }) => source,
  there: async ({ source, signal }) => (await verifyBundle(source, signal)) === "whole",
  prune: async ({ keep, signal }) => {
    const { removed } = await pruneBundles({ state, keep, clock, signal });
    return removed.map(({ service, artifact }) => ({ service, artifact, from: "bundles", tags: [] }));
  },
});
