import { StepFault } from "../fault.ts";
import { isContention, lostConnection, statementFault } from "./database-fault.ts";
import { CommitUnknown, inTransaction } from "./in-transaction.ts";
import type { Batches, Statement } from "./migration.ts";
import type { MigrationRun } from "./migration-run.ts";
import { batchPosition, moveBatch, recordOf, writeRecord } from "./records.ts";
import type { Job } from "./run-script.ts";
import { ask, configure, type Session } from "./session.ts";
import { reconnect, type Turn } from "./with-turn.ts";

/** Milliseconds of work after which a batch is made smaller, so that nobody waits for its rows for long. */
const LONG = 1_000;

type Step = Readonly<
  { kind: "already" } | { kind: "over" } | { kind: "batch"; position: string; last: string; rows: number }
>;

/**
 * A data migration: each batch is a transaction of its own with its position in it, so that whatever stops it, no row is left out and none
 * is gone through twice. Between two batches it holds no lock on any row. True when it changed something.
 */
export async function runBatches(turn: Turn, run: MigrationRun, job: Job, batches: Batches): Promise<boolean> {
  const { name } = job.migration;
  const begun = run.clock.monotonic();
  const key = await keyOf(turn.session, run, batches);
  let size = batches.size;
  let done = 0;
  let told = begun;
  for (;;) {
    const began = run.clock.monotonic();
    const step = await batch(turn, run, { job, key, size, begun });
    if (step.kind === "already") return false;
    if (step.kind === "over") {
      run.log(`${run.service}: ${name} has gone through ${done} rows`);
      return true;
    }
    done += step.rows;
    const now = run.clock.monotonic();
    if (now - told > 2_000) {
      run.log(`${run.service}: ${name}: ${done} rows, at ${batches.key} ${step.position} of ${step.last}`);
      told = now;
    }
    size = nextSize({ size, took: now - began, most: batches.size });
    run.signal.throwIfAborted();
    await run.clock.sleep(batches.pause, run.signal);
  }
}

/** Half as many rows after a batch that took long, twice as many after a short one, never more than declared. */
export const nextSize = ({ size, took, most }: Readonly<{ size: number; took: number; most: number }>): number =>
  took > LONG ? Math.max(1, Math.floor(size / 2)) : took < LONG / 4 ? Math.min(most, size * 2) : size;

type Key = Readonly<{ table: string; key: string; type: string }>;

/** Quoted names; refused where a key may be null, or where finding each batch would read the whole table. */
async function keyOf(session: Session, run: MigrationRun, batches: Batches): Promise<Key> {
  const { schema, table, key } = batches;
  const [found] = await ask<Key & { required: boolean; indexed: boolean }>(
    session,
    `select c.oid::regclass::text as table, quote_ident(a.attname) as key, format_type(a.atttypid, a.atttypmod) as type,
       a.attnotnull as required,
       exists (select from pg_index i join pg_class ic on ic.oid = i.indexrelid join pg_am m on m.oid = ic.relam
         where i.indrelid = c.oid and i.indisvalid and i.indkey[0] = a.attnum and i.indpred is null and m.amname = 'btree') as indexed
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.oid = to_regclass(coalesce(quote_ident($1::text) || '.', '') || quote_ident($2::text)) and a.attname = $3
       and a.attnum > 0 and not a.attisdropped`,
    [schema, table, key],
  );
  const where = `${schema === null ? "" : `${schema}.`}${table}.${key}`;
  const refuse = (message: string, evidence: string): StepFault =>
    new StepFault({ code: "batches-key", message: `${run.service}: ${message}`, evidence });
  if (found === undefined)
    throw refuse(`there is no ${where} to go through`, "the header names a table and a column of it");
  if (!found.required) throw refuse(`${where} may be null: rows without it would be left out`, "go by the primary key");
  if (!found.indexed)
    throw refuse(
      `${where} has no index: each batch would read the whole table`,
      "go by a column with a btree index of its own",
    );
  return found;
}

type Batch = Readonly<{ job: Job; key: Key; size: number; begun: number }>;

async function batch(turn: Turn, run: MigrationRun, at: Batch): Promise<Step> {
  for (;;) {
    try {
      return await once(turn.session, run, at);
    } catch (error) {
      if (!(error instanceof CommitUnknown)) throw error;
      // The position is in the batch's own transaction: the next look tells whether it happened.
      run.log(`${run.service}: the connection was lost while a batch of ${at.job.migration.name} was being committed`);
      await reconnect(turn, run);
    }
  }
}

async function once(session: Session, run: MigrationRun, { job, key, size, begun }: Batch): Promise<Step> {
  const { migration, script } = job;
  const { name, sha256 } = migration;
  let at: Statement | null = null;
  try {
    return await inTransaction<Step>(session, run, {
      name,
      body: async () => {
        at = null;
        const record = await recordOf(session, name);
        if (job.done(record)) return { kind: "already" };
        const reached = await batchPosition(session, name);
        if (record === null) await writeRecord(session, run, { name, sha256, state: "unfinished", took: 0 });
        const next = await range(session, key, { after: reached?.position ?? null, size });
        if (next === null) {
          await writeRecord(session, run, { name, sha256, state: "applied", took: run.clock.monotonic() - begun });
          return { kind: "over" };
        }
        for (const statement of script.statements) {
          at = statement;
          await ask(session, statement.text, valuesOf(statement, next));
        }
        at = null;
        await ask(session, "reset role");
        await ask(session, "reset all");
        await configure(session.client, run);
        await moveBatch(session, name, { position: next.to, last: next.last, rows: next.rows });
        return { kind: "batch", position: next.to, last: next.last, rows: next.rows };
      },
    });
  } catch (error) {
    if (session.signal.aborted || isContention(error) || lostConnection(error)) throw error;
    const left = "the batches before this one stay, and it goes on there";
    throw statementFault({ error, script, statement: at, left });
  }
}

/** A statement may use both ends of the range, or name one of them only through the other conditions. */
const valuesOf = ({ text }: Statement, { from, to }: Readonly<{ from: string; to: string }>): string[] =>
  /\$2\b/.test(text) ? [from, to] : [from];

type Range = Readonly<{ from: string; to: string; last: string; rows: number }>;

async function range(
  session: Session,
  { table, key, type }: Key,
  { after, size }: Readonly<{ after: string | null; size: number }>,
): Promise<Range | null> {
  const beyond = after === null ? "" : `where ${key} > $2::text::${type}`;
  const [row] = await ask<{ from: string | null; to: string | null; last: string | null; rows: number }>(
    session,
    // Not min() and max(): uuid has none before PostgreSQL 18. And b.k: a bare k is the text.
    `with b as materialized (select ${key} as k from ${table} ${beyond} order by ${key} limit $1)
     select (select k::text from b order by b.k limit 1) as "from", (select k::text from b order by b.k desc limit 1) as "to",
       (select count(*)::int from b) as rows, (select t.${key}::text from ${table} t order by t.${key} desc limit 1) as last`,
    after === null ? [size] : [size, after],
  );
  return row === undefined || row.from === null || row.to === null
    ? null
    : { from: row.from, to: row.to, last: row.last ?? row.to, rows: row.rows };
}
