import type { Fleet } from "../fleet/fleet.ts";
import type { Clock } from "../io/clock.ts";
import type { SecretValue } from "../variables/spot-secrets.ts";
import type { Artifact, ArtifactState, BuildEvent } from "./artifact.ts";
import type { Repository } from "./git/repository.ts";
import type { Buildable } from "./source/source.ts";

export type ArtifactsAt = Readonly<{
  fleet: Pick<Fleet, "name" | "version" | "image"> & Readonly<{ services: Readonly<Record<string, Buildable>> }>;
  /** Names; all services when null. */
  services: readonly string[] | null;
  repository: Pick<Repository, "root" | "prefix" | "head" | "tags">;
  /** Absolute: the fleet's state folder. */
  state: string;
  signal: AbortSignal;
  /**
   * Sources of what the environment before this one has verified, newest first, by service. An artifact whose name only its build tells
   * is taken from there and never built anew. Null: there is no environment before this one.
   */
  verified: Readonly<Record<string, readonly string[]>> | null;
}>;

export type BuildOrder = ArtifactsAt &
  Readonly<{
    repository: Pick<Repository, "remote">;
    /** What `look` has said of the same services at the same commit. */
    known?: Readonly<Record<string, ArtifactState>>;
    /** From `buildEnvironment`: no variable of any environment in it. */
    env: Readonly<Record<string, string>>;
    /** The secret values of every environment, named for people. Asked for only where something is built. */
    secrets: () => Promise<readonly SecretValue[]>;
    clock: Clock;
    /** Builds at the same time. */
    concurrency: number;
    log: (line: string) => void;
    events?: (event: BuildEvent) => void;
  }>;

/** Of an artifact that a mark or a plan names. */
export type ArtifactOf = Readonly<{ service: string; source: string; signal: AbortSignal }>;

export type LeaksOrder = Readonly<{
  artifact: Artifact;
  /** Of the environment that it is about to go to: by the name of the variable. */
  values: Readonly<Record<string, string>>;
  signal: AbortSignal;
}>;

/** Where the value of a secret variable lies in an artifact; never what it is. */
export type LeakIn = Readonly<{ file: string; line: number; name: string }>;

export type PruneOrder = Readonly<{
  /** Names of artifacts: what is active, what a rollback returns to and what is about to be deployed, of every environment. */
  keep: ReadonlySet<string>;
  /** Where others may rely on it too, an artifact goes only when somebody asks for that. */
  asked: boolean;
  signal: AbortSignal;
}>;

export type Pruned = Readonly<{
  service: string;
  artifact: string;
  /** Where it was removed from: a folder of bundles, an engine, a registry. */
  from: "bundles" | "engine" | "registry";
  /** Names that it had there. */
  tags: readonly string[];
}>;

/** Bundles or images: how they are found, made, kept and forgotten. An environment's target decides which. */
export interface ArtifactKind {
  readonly kind: "bundle" | "image";
  /** Reads and builds nothing. Throws Refused with all that the fleet file or the repository lacks. */
  look(at: ArtifactsAt): Promise<Readonly<Record<string, ArtifactState>>>;
  /**
   * Makes what is not there yet. After a failure no further build begins; what was finished stays. Throws Refused before anything is
   * built, or the first StepFault.
   */
  build(order: BuildOrder): Promise<Readonly<Record<string, Artifact>>>;
  /** Secret values in what is there; an artifact that cannot hold any that its build did not look for says none. */
  leaks(order: LeaksOrder): Promise<readonly LeakIn[]>;
  /** Absolute: a folder that holds the service's own files, its migrations among them, as the artifact was made from. */
  files(of: ArtifactOf): Promise<string>;
  /** Could it be started from there, now? */
  there(of: ArtifactOf): Promise<boolean>;
  prune(order: PruneOrder): Promise<readonly Pruned[]>;
}
