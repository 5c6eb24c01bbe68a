import pLimit from "p-limit";
import type { Clock } from "../io/clock.ts";
import { type ArtifactState, type ArtifactsAt, artifactsOf } from "./artifacts-of.ts";
import { buildBundle } from "./bundle/build-bundle.ts";
import type { BundleManifest } from "./bundle/manifest.ts";
import { withWorktree } from "./worktree/with-worktree.ts";
import type { Worktree } from "./worktree/worktree.ts";

/** A bundle that is there, whole. */
export type Artifact = Readonly<{
  service: string;
  /** `sha256:<64 hex>`. */
  artifact: string;
  /** The commit that it was first built from. */
  commit: string;
  /** Absolute folder. */
  source: string;
  version: string;
  /** argv of the package's own start script; empty when the fleet file must name one. */
  start: readonly string[];
  /** False when it was there already. */
  built: boolean;
  /** What its build took; 0 when it was there already. */
  seconds: number;
}>;

export type BuildEvent = Readonly<
  | { kind: "reused"; service: string; artifact: string }
  | { kind: "building"; service: string; artifact: string }
  | { kind: "built"; service: string; artifact: string; seconds: number }
  | { kind: "failed"; service: string; artifact: string; error: unknown }
>;

export type BuildOrder = ArtifactsAt &
  Readonly<{
    /** What `artifactsOf` has said of the same services at the same commit. */
    known?: Readonly<Record<string, ArtifactState>>;
    /** From `buildEnvironment`: no variable of any environment in it. */
    env: Readonly<Record<string, string>>;
    clock: Clock;
    /** Builds at the same time. */
    concurrency: number;
    log: (line: string) => void;
    events?: (event: BuildEvent) => void;
  }>;

/**
 * Makes the bundles of services at the repository's head that are not there yet. After a failure no further build begins;
 * what was finished stays. Throws Refused before anything is built, or the first StepFault.
 */
export async function buildArtifacts(order: BuildOrder): Promise<Readonly<Record<string, Artifact>>> {
  const { events = () => undefined } = order;
  const states = Object.values(order.known ?? (await artifactsOf(order)));
  const artifacts: Record<string, Artifact> = {};
  for (const state of states) {
    if (state.manifest === null) continue;
    artifacts[state.service] = artifactOf(state, state.manifest, null);
    events({ kind: "reused", service: state.service, artifact: state.hash.artifact });
  }
  const missing = states.filter((state) => state.manifest === null);
  if (missing.length === 0) return artifacts;
  const { root, prefix, head } = order.repository;
  const { state, env, clock, signal, log } = order;
  const workshop = { root, prefix, state, env, clock, signal, log };
  const services = Object.values(order.fleet.services);
  await withWorktree({ workshop, commit: head, services }, async (worktree) => {
    const limit = pLimit(Math.max(1, order.concurrency));
    const failed: unknown[] = [];
    const builds = missing.map((one) =>
      limit(async () => {
        if (failed.length > 0) return;
        try {
          artifacts[one.service] = await buildOne(worktree, one, { ...order, events });
        } catch (error) {
          failed.push(error);
          events({ kind: "failed", service: one.service, artifact: one.hash.artifact, error });
        }
      }),
    );
    await Promise.all(builds);
    if (failed.length > 0) throw failed[0];
  });
  return Object.fromEntries(
    states.flatMap(({ service }) => (artifacts[service] ? [[service, artifacts[service]]] : [])),
  );
}

async function buildOne(
  worktree: Worktree,
  state: ArtifactState,
  order: BuildOrder & Readonly<{ events: (event: BuildEvent) => void }>,
): Promise<Artifact> {
  const { service: name, hash } = state;
  const service = order.fleet.services[name];
  if (service === undefined) throw new Error(`${name} is not of this fleet`);
  // Whoever held the worktree before may have built it meanwhile.
  const [now] = Object.values(await artifactsOf({ ...order, services: [name] }));
  if (now !== undefined && now.manifest !== null) return artifactOf(now, now.manifest, null);
  order.events({ kind: "building", service: name, artifact: hash.artifact });
  const from = order.clock.monotonic();
  const version = order.fleet.version === "tag" ? (order.repository.tags[0] ?? null) : null;
  const manifest = await buildBundle(worktree, { fleet: order.fleet.name, service, hash, version }, order.signal);
  const seconds = (order.clock.monotonic() - from) / 1000;
  order.events({ kind: "built", service: name, artifact: hash.artifact, seconds });
  return artifactOf(state, manifest, seconds);
}

const artifactOf = (state: ArtifactState, manifest: BundleManifest, seconds: number | null): Artifact => ({
  service: state.service,
  artifact: state.hash.artifact,
  commit: manifest.commit,
  source: state.source,
  version: manifest.version,
  start: manifest.start,
  built: seconds !== null,
  seconds: seconds ?? 0,
});
