import { StepFault } from "../fault.ts";
import { approvedMigrations } from "./approved-migrations.ts";
import { byNumber, type Migration, numberOf, type Script } from "./migration.ts";
import type { MigrationOutcome, MigrationRun } from "./migration-run.ts";
import { runJobs } from "./run-jobs.ts";
import type { Job } from "./run-script.ts";
import { ask, type Session } from "./session.ts";
import { withTurn } from "./with-turn.ts";

/**
 * Takes migrations back, newest first, with the down files of the artifact that brought them (`folder` is that newer artifact's).
 * Nothing is touched when one of them cannot be taken back, or when one that stays was applied after them.
 */
export async function revertMigrations(run: MigrationRun): Promise<MigrationOutcome> {
  if (run.files.length === 0) return { changed: [], already: [] };
  const migrations = [...(await approvedMigrations(run))].sort(byNumber).reverse();
  const jobs = migrations.map(
    (migration): Job => ({
      migration,
      script: downOf(run, migration),
      direction: "down",
      done: (record) => {
        if (record === null) return true;
        if (record.sha256 === migration.sha256 || record.state === "unfinished") return false;
        throw new StepFault({
          code: "migration-edited",
          message: `${run.service}: ${migration.name} was applied by release ${record.release} with another content`,
          evidence: "its down file may not fit what was applied: take it back with that release's artifact",
        });
      },
    }),
  );
  return withTurn(run, async (turn) => {
    await refuseBeneath(turn.session, run, migrations);
    return runJobs(turn, run, jobs);
  });
}

function downOf(run: MigrationRun, migration: Migration): Script {
  if (migration.down !== null) return migration.down;
  // What was filled in stays; what it was filled into goes with its own down file.
  if (migration.batches !== null) return { ...migration.up, statements: [] };
  throw new StepFault({
    code: "migration-irreversible",
    message: `${run.service}: ${migration.name} cannot be taken back${migration.irreversible === null ? "" : `: ${migration.irreversible}`}`,
    evidence: "nothing was reverted",
  });
}

async function refuseBeneath(session: Session, run: MigrationRun, migrations: readonly Migration[]): Promise<void> {
  const going = new Set(migrations.map(({ name }) => name));
  const lowest = Math.min(...migrations.map(({ number }) => number));
  const rows = await ask<{ name: string; release: string }>(
    session,
    `select name, release from ${session.schema}.sampan_migrations where state <> 'unfinished'`,
  );
  const above = rows.filter(({ name }) => !going.has(name) && numberOf(name) > lowest).sort(byNumber);
  if (above.length === 0) return;
  throw new StepFault({
    code: "migration-beneath",
    message: `${run.service}: ${above.map(({ name }) => name).join(", ")} came after what is to be reverted and would stay`,
    evidence: "revert those first, or together with it",
  });
}
