import { StepFault } from "../fault.ts";
import { watchBlockers } from "./blockers.ts";
import { statementFault, wordsOf } from "./database-fault.ts";
import { inTransaction } from "./in-transaction.ts";
import { dropInvalidIndex, findIndex } from "./indexes.ts";
import type { Statement } from "./migration.ts";
import type { MigrationRun } from "./migration-run.ts";
import { deleteRecord, recordOf, writeRecord } from "./records.ts";
import type { Job } from "./run-script.ts";
import { ask, type Session } from "./session.ts";

/**
 * A `no-transaction` file: its record first says `unfinished`, then its statements run one by one. Stopped anywhere, it is gone
 * through again: an index that is there is left, one that was left invalid is dropped and made anew.
 */
export async function runOutside(session: Session, run: MigrationRun, job: Job): Promise<boolean> {
  const { migration, script } = job;
  const { name, sha256 } = migration;
  const begun = run.clock.monotonic();
  const intent = await inTransaction(session, run, {
    name,
    body: async () => {
      const record = await recordOf(session, name);
      if (job.done(record)) return null;
      const again = record !== null && record.state !== "applied";
      if (job.direction === "down") {
        const mark = `update ${session.schema}.sampan_migrations set state = 'reverting' where name = $1`;
        await ask(session, mark, [name]);
      } else await writeRecord(session, run, { name, sha256, state: "unfinished", took: 0 });
      return { again };
    },
  });
  if (intent === null) return false;
  for (const statement of script.statements) await runStatement(session, run, { job, statement, again: intent.again });
  await inTransaction(session, run, {
    name,
    body: async () => {
      if (job.direction === "down") await deleteRecord(session, name);
      else await writeRecord(session, run, { name, sha256, state: "applied", took: run.clock.monotonic() - begun });
    },
  });
  return true;
}

async function runStatement(
  session: Session,
  run: MigrationRun,
  at: Readonly<{ job: Job; statement: Statement; again: boolean }>,
): Promise<void> {
  const { kind } = at.statement;
  if (kind.kind === "ordinary") throw new Error("refused when the file was read");
  if (kind.kind === "create-index-concurrently") {
    const index = await findIndex(session, kind);
    if (index?.valid === false) await dropInvalidIndex(session, run, kind);
    else if (index !== null && at.again) return;
  } else if (at.again) {
    // PostgreSQL drops one index at a time this way.
    const [index] = kind.indexes;
    if (index !== undefined && (await findIndex(session, index)) === null) return;
  }
  // It blocks neither readers nor writers while it waits, so it may wait long for old transactions to end.
  const blockers = watchBlockers(session, run, 1_000);
  try {
    await ask(session, "set lock_timeout = '10min'");
    await ask(session, at.statement.text);
    await ask(session, "reset lock_timeout");
  } catch (error) {
    session.signal.throwIfAborted();
    let left = "what its earlier statements did stays; after the cause is removed, resume goes on here";
    if (kind.kind === "create-index-concurrently") {
      left += await dropInvalidIndex(session, run, kind).then(
        (dropped) => (dropped ? `; the invalid index ${kind.index} was dropped` : ""),
        (failed: unknown) =>
          `; an invalid index ${kind.index} may be left, which the next attempt drops: ${wordsOf(failed)}`,
      );
    }
    const fault = statementFault({ error, script: at.job.script, statement: at.statement, left });
    throw new StepFault({ code: fault.code, message: fault.message, evidence: fault.evidence, retry: "safe" });
  } finally {
    await blockers.stop();
  }
}
