import type { Artifact, ArtifactState, BuildEvent } from "../artifact.ts";
import type { BuildOrder } from "../artifact-kind.ts";
import { buildMissing } from "../build-missing.ts";
import { withWorktree } from "../worktree/with-worktree.ts";
import type { Worktree } from "../worktree/worktree.ts";
import { buildBundle } from "./build-bundle.ts";
import { bundleFolder } from "./bundle-folder.ts";
import { bundleArtifact, bundlesAt } from "./bundles-at.ts";

export type BundleBuild = Omit<BuildOrder, "secrets">;

/**
 * Makes the bundles of services at the repository's head that are not there yet. After a failure no further build begins;
 * what was finished stays. Throws Refused before anything is built, or the first StepFault.
 */
export async function buildBundles(order: BundleBuild): Promise<Readonly<Record<string, Artifact>>> {
  const { events = () => undefined } = order;
  const { root, prefix, head } = order.repository;
  const { state, env, clock, signal, log } = order;
  const workshop = { root, prefix, state, env, clock, signal, log };
  const services = Object.values(order.fleet.services);
  return buildMissing({
    states: Object.values(order.known ?? (await bundlesAt(order))),
    concurrency: order.concurrency,
    events,
    place: (use) =>
      withWorktree({ workshop, commit: head, services }, (worktree) =>
        use((missing) => buildOne(worktree, missing, { ...order, events })),
      ),
  });
}

async function buildOne(
  worktree: Worktree,
  state: ArtifactState,
  order: BundleBuild & Readonly<{ events: (event: BuildEvent) => void }>,
): Promise<Artifact> {
  const { service: name, hash } = state;
  const service = order.fleet.services[name];
  if (service === undefined) throw new Error(`${name} is not of this fleet`);
  // Whoever held the worktree before may have built it meanwhile.
  const [now] = Object.values(await bundlesAt({ ...order, services: [name] }));
  if (now !== undefined && now.found !== null) return now.found;
  order.events({ kind: "building", service: name });
  const from = order.clock.monotonic();
  const version = order.fleet.version === "tag" ? (order.repository.tags[0] ?? null) : null;
  const manifest = await buildBundle(worktree, { fleet: order.fleet.name, service, hash, version }, order.signal);
  const seconds = (order.clock.monotonic() - from) / 1000;
  order.events({ kind: "built", service: name, artifact: hash.artifact, seconds });
  const source = bundleFolder({ state: order.state, service: name, artifact: hash.artifact });
  return bundleArtifact({ manifest, source, seconds });
}
