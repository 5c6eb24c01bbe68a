import type { Logged } from "../../artifacts/worktree/run-logged.ts";
import type { Format } from "../../fleet/migration-format.ts";
import type { Clock } from "../../io/clock.ts";
import type { Random } from "../../io/random.ts";
import type { AppliedMigration } from "../../plan/observed.ts";
import type { PlannedMigration } from "../../plan/plan.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { ProofPartName } from "./proof.ts";
import type { ScratchServer } from "./scratch/scratch-server.ts";
import type { Starter, Witness } from "./witness.ts";

/** A service whose migrations made the environment's schema what it is. */
export type Recorded = Readonly<{
  service: string;
  /** Role of its migration URL. */
  role: string;
  /** In the order in which they were applied. */
  applied: readonly (AppliedMigration & Readonly<{ at: number }>)[];
  /** Folders that may hold their files: of the artifacts that ran there, and of the one that comes. */
  folders: readonly string[];
  /** Its own tool, of the artifact that was migrated to last; null: files were run, or that artifact is gone. */
  tool: Tool | null;
  format?: Format | null;
}>;

/** A tool of a service's own that migrates: what it does is seen on the scratch server, not read. */
export type Tool = (url: string, cx: Readonly<{ signal: AbortSignal; log: string }>) => Promise<Logged>;

/** A service whose migrations are to be proven. */
export type Migrating = Readonly<{
  service: string;
  role: string;
  /** Absolute folder of its migrations, in the artifact that brings them. */
  folder: string;
  format?: Format | null;
  files: readonly PlannedMigration[];
  /** Rows that are filled in batches, once its code runs. */
  data: readonly PlannedMigration[];
  /** Runs in the place of the files; null: the files are run. */
  tool: Tool | null;
  /** The artifact that brings them, to be started; null: it cannot be (an artifact that is not built). */
  next: Witness | null;
  nextArtifact: string;
  /** The code is to be deployable before its migrations. */
  codeFirst: boolean;
  /** argv that fills its tables, run in `folder`'s artifact; null: rows are made up. */
  seed: Readonly<{ argv: readonly string[]; cwd: string }> | null;
}>;

/** One database of an environment, and all that is to be proven on it. */
export type Ground = Readonly<{
  fleet: string;
  environment: string;
  /** postgres:// of a role that may connect: only the catalog is read. */
  url: string;
  catalog: Catalog;
  /** What its roles are for: what is proven holds where they are called otherwise. */
  purposes: ReadonlyMap<string, string>;
  recorded: readonly Recorded[];
  migrating: readonly Migrating[];
  /** Every service that runs there now and uses this database. */
  running: readonly Witness[];
}>;

export type ProofCx = Readonly<{
  server: ScratchServer;
  /** Absolute: logs of what is started. */
  folder: string;
  start: Starter;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
  /** Hides secret values in what is quoted. */
  mask: (text: string) => string;
  log: (line: string) => void;
  progress: (event: ProofEvent) => void;
  /** Milliseconds that the checks of a service that has just started may need until it is ready for them. */
  patience: number;
}>;

export type ProofEvent = Readonly<
  | { kind: "building"; services: readonly string[] }
  | {
      kind: "part";
      service: string;
      part: ProofPartName;
      verdict: "passed" | "failed" | "inconclusive";
      evidence: string;
      took: number;
    }
>;
