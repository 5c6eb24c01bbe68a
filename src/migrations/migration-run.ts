import type { Format } from "../fleet/migration-format.ts";
import type { Clock } from "../io/clock.ts";
import type { Random } from "../io/random.ts";
import type { PlannedMigration } from "../plan/plan.ts";

/** One `migrate` step: which migrations, on which database, in whose name. */
export type MigrationRun = Readonly<{
  /** postgres:// URL with its password: never in a message. */
  url: string;
  fleet: string;
  environment: string;
  service: string;
  /** Absolute folder of the artifact's migrations. */
  folder: string;
  /** By which tool's way its files are written; null or omitted: it is found out. */
  format?: Format | null;
  /** What was planned and approved; a file that has another hash now is refused. */
  files: readonly PlannedMigration[];
  release: string;
  operationId: string;
  /** The database itself compares it, in each migration's own transaction. */
  fence: number;
  signal: AbortSignal;
  clock: Clock;
  random: Random;
  log: (line: string) => void;
  /** Milliseconds: how long to wait for another deployer's turn to end, and for the locks of each migration. Default 60 s. */
  lockTimeout?: number;
  /** Tables, or migrations, whose data a person has agreed to lose when they are taken back. */
  confirmed?: readonly string[];
  /** Where tables are made; default: where the role's search_path says. */
  schema?: string;
  /** On a scratch database, which has another name than the one that it stands for. */
  standsFor?: DatabaseNames;
}>;

export type DatabaseNames = Readonly<{ real: string; here: string }>;

export const lockTimeoutOf = (run: MigrationRun): number => run.lockTimeout ?? 60_000;

/** The names of the migrations that this run changed, and of those that were as they should be already. */
export type MigrationOutcome = Readonly<{ changed: readonly string[]; already: readonly string[] }>;
