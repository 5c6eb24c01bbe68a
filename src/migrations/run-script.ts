import { StepFault } from "../fault.ts";
import { isConfirmed } from "../plan/schema-way-back.ts";
import { isContention, lostConnection, statementFault } from "./database-fault.ts";
import { findLosses } from "./find-losses.ts";
import { inTransaction } from "./in-transaction.ts";
import type { Migration, Script, Statement } from "./migration.ts";
import type { MigrationRun } from "./migration-run.ts";
import { onDatabase } from "./named-database.ts";
import { deleteRecord, type MigrationRecord, recordOf, writeRecord } from "./records.ts";
import { ask, configure, type Session } from "./session.ts";

/** What is to be done with one migration, and how one sees in its record that it is done. */
export type Job = Readonly<{
  migration: Migration;
  script: Script;
  direction: "up" | "down";
  /** True: nothing to do. Throws where the record forbids the job. */
  done: (record: MigrationRecord | null) => boolean;
}>;

/** The whole file and its record in one transaction: both or neither. True when it changed something. */
export async function runScript(session: Session, run: MigrationRun, job: Job): Promise<boolean> {
  const { migration, script } = job;
  const begun = run.clock.monotonic();
  let at: Statement | null = null;
  try {
    return await inTransaction(session, run, {
      name: migration.name,
      body: async () => {
        at = null;
        if (job.done(await recordOf(session, migration.name))) return false;
        if (job.direction === "down") await refuseLosses(session, run, job);
        for (const statement of script.statements) {
          at = statement;
          await ask(session, onDatabase(statement.text, run.standsFor));
        }
        at = null;
        // A migration may have changed the session's role or settings; the record is ours.
        await ask(session, "reset role");
        await ask(session, "reset all");
        await configure(session.client, run);
        if (job.direction === "down") await deleteRecord(session, migration.name);
        else {
          const took = run.clock.monotonic() - begun;
          await writeRecord(session, run, { name: migration.name, sha256: migration.sha256, state: "applied", took });
        }
        return true;
      },
    });
  } catch (error) {
    // Only what PostgreSQL answered is about the file; the rest has its own words already.
    if (error instanceof StepFault || session.signal.aborted || isContention(error) || lostConnection(error))
      throw error;
    throw statementFault({
      error,
      script,
      statement: at,
      left: "nothing of it was applied: its transaction was rolled back",
    });
  }
}

/** What is there now counts, not what was there when it was planned; under its lock, so that nothing is added in between. */
async function refuseLosses(session: Session, run: MigrationRun, { migration, script }: Job): Promise<void> {
  const losses = await findLosses([script], (text, values) => ask(session, text, values), { lock: true });
  const open = losses.filter(({ table }) => !isConfirmed(table, migration.name, run.confirmed ?? []));
  if (open.length === 0) return;
  throw new StepFault({
    code: "migration-loses-data",
    message: `${run.service}: taking ${migration.name} back would lose data: ${open.map(({ table, loss }) => `${table}, ${loss}`).join("; ")}`,
    evidence: `nothing was taken back; to lose it, repeat the command with ${open.map(({ table }) => `--confirm-loss ${table === "unknown" ? migration.name : table}`).join(" ")}`,
  });
}
