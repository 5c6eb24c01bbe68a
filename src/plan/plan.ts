import type { HealthSpec, LogsSpec, Route, ServiceSpec, SmokeSpec } from "../fleet/fleet.ts";
import type { Revision } from "./observed.ts";

export type StepId = string;

/** A graph of steps, made by a pure function from artifacts that exist. What is approved is what runs. */
export type Plan = Readonly<{
  /** SHA-256 (hex) of the rest of the plan: `planIdOf`. */
  id: string;
  formatVersion: 1;
  fleet: string;
  environment: string;
  /** Hash of what was observed; a plan is refused when it has drifted. */
  expects: string;
  onFailure: "release" | "service" | "halt";
  /** At most this many services change at the same time. */
  concurrency: number;
  services: readonly ServiceChange[];
  /** Every step comes after those it names in `after`. */
  steps: readonly Step[];
}>;

export type ServiceChange = Readonly<{
  name: string;
  change: "none" | "new" | "update" | "remove";
  from: Revision | null;
  to: Revision | null;
  why: string;
}>;

export type Step = Readonly<{
  id: StepId;
  service: string;
  action: Action;
  after: readonly StepId[];
  /** How to take this step back once it is done; null where there is nothing to take back. */
  undo: Action | null;
}>;

/** An instance that was observed when the plan was made, or those that a step of the plan brings. */
export type InstanceRef = Readonly<
  { observed: string } | { handlesOf: StepId /** 0-based; null: all of them. */; nth: number | null }
>;

export type WeightedBackends = Readonly<{ instances: readonly InstanceRef[]; weight: number }>;

export type Action = Readonly<
  | {
      kind: "migrate";
      direction: "up" | "down";
      source: string;
      files: readonly MigrationFile[];
      urlVariable: string;
      revision: Revision;
    }
  /** Start `count` new instances and leave them without traffic. */
  | { kind: "bring"; revision: Revision; source: string; spec: ServiceSpec; count: number }
  /** Start again instances that a step of this plan retired: the same ids, revision and variables; healthy before it is done. */
  | { kind: "revive"; instances: readonly InstanceRef[]; health: HealthSpec | null }
  | { kind: "gate"; gate: GateSpec; revision: Revision; instances: readonly InstanceRef[] }
  /** Make the router send this service's requests exactly there. No backends: the route goes away. */
  | { kind: "shift"; match: readonly Route[]; backends: readonly WeightedBackends[] }
  /** Drained, SIGTERM, gone. Already gone is success. */
  | { kind: "retire"; instances: readonly InstanceRef[] }
  | {
      kind: "mark";
      revision: Revision;
      restores: string | null;
      migration: string | null;
      spec: ServiceSpec;
      source: string;
    }
  /** The service is gone from this environment: its marks go too. */
  | { kind: "unmark" }
>;

export type MigrationFile = Readonly<{ name: string; sha256: string }>;

export type GateSpec = Readonly<
  /** N of N instances run and report the artifact that they should. */
  | { kind: "up"; count: number; timeout: number }
  | { kind: "health"; health: HealthSpec }
  | { kind: "smoke"; smoke: SmokeSpec }
  /** `baseline`: instances of the verified revision, whose error signatures are no news. */
  | { kind: "logs"; logs: LogsSpec; baseline: readonly InstanceRef[] }
>;
