import type {
  HealthSpec,
  Route,
  ServiceSpec,
  SmokeCheck,
  SmokeSpec,
  TrafficSpec,
  WatchedLogs,
} from "../fleet/fleet.ts";
import type { Revision } from "./observed.ts";

export type StepId = string;

/** A graph of steps, made by a pure function from artifacts that exist. What is approved is what runs. */
export type Plan = Readonly<{
  /** SHA-512/256 (hex) of the rest of the plan: `planIdOf`. */
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
  /** Migrations of these artifacts that are not applied and not in `steps`. */
  waiting: readonly WaitingMigration[];
  /** Every step comes after those it names in `after`. */
  steps: readonly Step[];
}>;

export type ServiceChange = Readonly<{
  name: string;
  change: "none" | "new" | "update" | "remove";
  from: Revision | null;
  to: Revision | null;
  why: string;
  /** What a person should know of how it is done: what of a compose file is done otherwise, for one. */
  notes: readonly string[];
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
      files: readonly PlannedMigration[];
      urlVariable: string;
      revision: Revision;
    }
  /** Data migrations, in batches, once every instance of the service is the new code's. */
  | {
      kind: "backfill";
      source: string;
      files: readonly PlannedMigration[];
      urlVariable: string;
      revision: Revision;
    }
  /** Get the image of new instances onto the host: before anything of the service changes. */
  | { kind: "fetch"; source: string }
  /** Start the parts of a compose file that are no services of the fleet and do not run, and wait until they are well. */
  | { kind: "surround"; project: string; services: readonly string[] }
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
      held: readonly string[];
      spec: ServiceSpec;
      source: string;
    }
  /** The service is gone from this environment: its marks go too. */
  | { kind: "unmark" }
>;

export type MigrationFile = Readonly<{ name: string; sha256: string }>;

/**
 * When a migration may run. `expand`: before the instances of the release that brings it, old code does not notice. `data`: once only new
 * code writes. `contract`: once nothing that runs, and nothing that a rollback returns to, needs the old form.
 */
export type Phase = "expand" | "data" | "contract";

/** Data that is gone once it is done: `public.articles`, `column subtitle: 3 values`. */
export type Loss = Readonly<{ table: string; loss: string }>;

/**
 * What going back does with the schema. `keep`: old code bears it. `revert`: it does not, and the down files bring the old one back.
 * Otherwise there is no way back that loses nothing.
 */
export type RollbackVerdict = "keep" | "revert" | Readonly<{ noWayBack: readonly Loss[] }>;

/** `rollback`: what was proven of it before it ran; null: nothing was. */
export type PlannedMigration = MigrationFile & Readonly<{ phase: Phase; rollback: RollbackVerdict | null }>;

/** A migration that this plan leaves for later, and what for. */
export type WaitingMigration = Readonly<{ service: string; name: string; phase: Phase; why: string }>;

/**
 * The running service is held against its contract, `file` relative to the fleet's root. `requests`: those of its smoke test. Beside the health gate, as the smoke test is.
 */
export type ContractGate = Readonly<{
  kind: "contract";
  file: string;
  requests: readonly Extract<SmokeCheck, { kind: "request" }>[];
  health: HealthSpec | null;
}>;

export type GateSpec = Readonly<
  /** N of N instances run and report the artifact that they should. */
  | { kind: "up"; count: number; timeout: number }
  | { kind: "health"; health: HealthSpec }
  /** Beside the health gate: begun once each instance has answered `health` well; null: at once. */
  | { kind: "smoke"; smoke: SmokeSpec; health: HealthSpec | null }
  | ContractGate
  /** `baseline`: instances of the verified revision, whose error signatures are no news. */
  | { kind: "logs"; logs: WatchedLogs; baseline: readonly InstanceRef[] }
  /** Beside the logs that are watched, for as long: errors and latency as the router counts them, new against verified. */
  | { kind: "traffic"; traffic: TrafficSpec; watch: number; baseline: readonly InstanceRef[] }
  /** The environment's own tests, once everything of the release serves: before anything of it is verified. */
  | { kind: "tests"; command: readonly string[]; timeout: number }
>;
