import { StepFault } from "../fault.ts";
import { approvedMigrations } from "./approved-migrations.ts";
import { byNumber, type Migration } from "./migration.ts";
import type { MigrationOutcome, MigrationRun } from "./migration-run.ts";
import { runJobs } from "./run-jobs.ts";
import type { Job } from "./run-script.ts";
import { withTurn } from "./with-turn.ts";

/**
 * Applies the planned migrations in order of their numbers, each at most once whoever else tries. May be called again after
 * any failure. Throws StepFault; what was applied before it stays.
 */
export async function applyMigrations(run: MigrationRun): Promise<MigrationOutcome> {
  if (run.files.length === 0) return { changed: [], already: [] };
  return applyThese(run, await approvedMigrations(run));
}

/** The same with migrations that have been read already. */
export async function applyThese(run: MigrationRun, given: readonly Migration[]): Promise<MigrationOutcome> {
  const migrations = [...given].sort(byNumber);
  const jobs = migrations.map(
    (migration): Job => ({
      migration,
      script: migration.up,
      direction: "up",
      done: (record) => {
        if (record === null || record.state !== "applied") return false;
        if (record.sha256 === migration.sha256) return true;
        throw new StepFault({
          code: "migration-edited",
          message: `${run.service}: ${migration.name} was applied by release ${record.release} with another content`,
          evidence: "write the change as a new migration",
        });
      },
    }),
  );
  return withTurn(run, (turn) => runJobs(turn, run, jobs));
}
