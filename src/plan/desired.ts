import type { ServiceSpec, TestsSpec } from "../fleet/fleet.ts";
import type { Revision } from "./observed.ts";
import type { PlannedMigration, WaitingMigration } from "./plan.ts";

/** What should run of one service, and how it is to be checked. */
export type DesiredService = Readonly<{
  name: string;
  revision: Revision;
  /** Where the target finds the artifact: a bundle's folder. */
  source: string;
  spec: ServiceSpec;
  /** Its contract, relative to the fleet's root, that the running service is held against; null: it is not asked. */
  contract: string | null;
  /** Services that must be ready before this one changes. */
  needs: readonly string[];
  /** The release whose mark this brings back, when it is a rollback. */
  restores: string | null;
  /** For people, beside the plan of it. */
  notes: readonly string[];
  migrations: DesiredMigrations | null;
}>;

export type DesiredMigrations = Readonly<{
  urlVariable: string;
  /** To be applied before the first instance of the release, in their order. */
  up: readonly PlannedMigration[];
  /** To be applied once the release is verified, in their order. */
  after: readonly PlannedMigration[];
  /** Left for a later release. */
  waiting: readonly Omit<WaitingMigration, "service">[];
  /** To be taken back, newest first, from the newer artifact's files. */
  down: readonly PlannedMigration[];
  downSource: string | null;
  /** `first`: the revision does not bear them, so that they go before it starts. `last`: they go once nothing that needs them runs. */
  downWhen: "first" | "last";
  /** Migrations that the revision was written for and that are not applied when it is marked. */
  held: readonly string[];
  /** The newest one applied when this release is marked as verified; null: none. */
  level: string | null;
}>;

export type DesiredSurroundings = Readonly<{
  project: string;
  /** Needs nothing of the fleet: databases. */
  before: readonly string[];
  /** Needs services of the fleet: a proxy before them. */
  after: readonly string[];
}>;

export type Desired = Readonly<{
  fleet: string;
  environment: string;
  /** `back`: children give way before the core that they rely on. */
  direction: "forward" | "back";
  onFailure: "release" | "service" | "halt";
  groups: "one-by-one" | "waves" | readonly (readonly string[])[];
  concurrency: number;
  services: readonly DesiredService[];
  /** What has to pass once everything serves; null: nothing more. */
  tests: TestsSpec | null;
  /** What of a compose file has to be started around the services; null: nothing. */
  surroundings: DesiredSurroundings | null;
  /** Services to take away. */
  remove: readonly string[];
}>;
