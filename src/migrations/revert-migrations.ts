import { StepFault } from "../fault.ts";
import { approvedMigrations } from "./approved-migrations.ts";
import { byNumber, type Migration, type Script } from "./migration.ts";
import type { MigrationOutcome, MigrationRun } from "./migration-run.ts";
import type { MigrationState } from "./records.ts";
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
  const migrations = await approvedMigrations(run);
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
    const order = await orderOf(turn.session, run, migrations);
    const at = ({ migration }: Job): number => order.indexOf(migration.name);
    return runJobs(
      turn,
      run,
      [...jobs].sort((a, b) => at(b) - at(a) || byNumber(b.migration, a.migration)),
    );
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

/**
 * The names of what is applied, oldest first: a migration that waited came later than its number says. Refuses to pull one out from under another
 * that came after it and stays.
 */
async function orderOf(
  session: Session,
  run: MigrationRun,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const going = new Set(migrations.map(({ name }) => name));
  const rows = await ask<{ name: string; state: MigrationState }>(
    session,
    `select name, state from ${session.schema}.sampan_migrations order by applied_at, name`,
  );
  const order = rows.map(({ name }) => name);
  const lowest = rows.findIndex(({ name }) => going.has(name));
  const above = rows.filter(({ name, state }, at) => at > lowest && state !== "unfinished" && !going.has(name));
  if (lowest < 0 || above.length === 0) return order;
  throw new StepFault({
    code: "migration-beneath",
    message: `${run.service}: ${above.map(({ name }) => name).join(", ")} came after what is to be reverted and would stay`,
    evidence: "revert those first, or together with it",
  });
}
