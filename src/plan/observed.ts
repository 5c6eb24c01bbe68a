import type { Route, ServiceSpec } from "../fleet/fleet.ts";
import type { PlannedMigration } from "./plan.ts";

/** Artifact + variables of a service: what runs, what is verified, what a rollback returns to. */
export type Revision = Readonly<{
  /** `sha256:<64 hex>`: digest of an image, or hash of the tree that a bundle was made from. */
  artifact: string;
  /** The commit that the artifact was first built from (40 hex): for people; not part of its identity. */
  commit: string;
  /** Hex HMAC-SHA-256 of the variables, keyed at the target. */
  variables: string;
}>;

/** `1a2b3c4.9f0e`: seven digits of the commit, four of the variables. */
export const shortRevision = (revision: Revision): string =>
  `${revision.commit.slice(0, 7)}.${revision.variables.slice(0, 4)}`;

/** Commit is not identity: the same tree built from two commits is one artifact. */
export const sameRevision = (a: Revision, b: Revision): boolean =>
  a.artifact === b.artifact && a.variables === b.variables;

export type InstanceState =
  /** Spawned; the agent has not yet seen it live for a moment. */
  | "running"
  /** Died; the agent will start it again after its back-off. */
  | "restarting"
  /** Draining, or told to end. */
  | "stopping"
  /** Gone for good: retired. Its record stays, so that it can be revived, until it is pruned. */
  | "retired";

/** What the engine says of an instance's container. */
export type ContainerState = Readonly<{
  /** By the container's own health check; `none` where it has none. */
  health: "none" | "starting" | "healthy" | "unhealthy";
  /** What that check said last where it failed; null: nothing, or it did not fail. */
  complaint: string | null;
  /** What its image is known by: its own id, and its digests in registries. */
  images: readonly string[];
  /** Where it is to listen inside; null for a worker. */
  port: number | null;
}>;

export type ObservedInstance = Readonly<{
  id: string;
  service: string;
  revision: Revision;
  operationId: string;
  release: string;
  state: InstanceState;
  pid: number | null;
  /** Where it listens; null for a worker. */
  address: Readonly<{ host: string; port: number }> | null;
  /** Times it died by itself since it was brought or revived. */
  restarts: number;
  /** Exit code or signal of the last death; null when it never died or the agent could not know. */
  lastExit: string | null;
  /** Milliseconds since the epoch, by the host's clock. */
  startedAt: number;
  /** Null for a process. */
  container: ContainerState | null;
}>;

export type Backend = Readonly<{ instance: string; weight: number }>;

/** What the router itself says that it does for a service. */
export type ObservedRoute = Readonly<{ service: string; match: readonly Route[]; backends: readonly Backend[] }>;

/** Kept at the target; newest first in `Observed`. */
export type VerifiedMark = Readonly<{
  service: string;
  revision: Revision;
  release: string;
  /** The release whose mark a rollback brought back, so that the next rollback goes further back and not forth; else null. */
  restores: string | null;
  /** Milliseconds since the epoch. */
  at: number;
  /** Name of the newest migration applied when it was verified; null for none. */
  migration: string | null;
  /** Migrations that the artifact brought and that were not applied then: it was written for the schema after them too. */
  held: readonly string[];
  spec: ServiceSpec;
  /** Absolute folder or digest on the target from which `artifact` is started. */
  source: string;
}>;

export type AppliedMigration = PlannedMigration & Readonly<{ release: string }>;

export type ObservedService = Readonly<{
  /** Without the retired ones. */
  instances: readonly ObservedInstance[];
  route: ObservedRoute | null;
  marks: readonly VerifiedMark[];
  /** Oldest first; empty when the service has none. */
  migrations: readonly AppliedMigration[];
}>;

/** What is there now: read from the target (and the databases) only, never from the store. */
export type Observed = Readonly<{ environment: string; services: Readonly<Record<string, ObservedService>> }>;
