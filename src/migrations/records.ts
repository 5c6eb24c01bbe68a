import { STALE_FENCE, StepFault } from "../fault.ts";
import type { MigrationRun } from "./migration-run.ts";
import { ask, type Session } from "./session.ts";

/**
 * A row of `sampan_migrations`. Outside a transaction, and between two batches, a migration may stop on the way: `unfinished` when it was
 * going up, `reverting` when it was going down.
 */
export type MigrationState = "applied" | "unfinished" | "reverting";

export type MigrationRecord = Readonly<{ sha256: string; release: string; state: MigrationState }>;

/** Made only while this session has its turn, so that two cannot make them at once. */
export async function ensureTables(session: Session): Promise<void> {
  const names = ["sampan_migrations", "sampan_fence", "sampan_batches"].map((name) => `${session.schema}.${name}`);
  const [row] = await ask<{ there: boolean }>(
    session,
    "select bool_and(to_regclass(name) is not null) as there from unnest($1::text[]) as name",
    [names],
  );
  if (row?.there === true) return;
  await ask(
    session,
    `create table if not exists ${session.schema}.sampan_migrations (
       name text primary key,
       sha256 text not null,
       release text not null,
       applied_at timestamptz not null default clock_timestamp(),
       took_ms integer not null default 0,
       operation text not null,
       state text not null check (state in ('applied', 'unfinished', 'reverting')),
       phase text not null default 'expand' check (phase in ('expand', 'data', 'contract')),
       rollback jsonb
     );
     create table if not exists ${session.schema}.sampan_batches (
       name text primary key references ${session.schema}.sampan_migrations on delete cascade,
       position text not null,
       last text not null,
       batches bigint not null,
       rows bigint not null,
       updated_at timestamptz not null default clock_timestamp()
     );
     create table if not exists ${session.schema}.sampan_fence (
       fleet text not null,
       environment text not null,
       fence bigint not null,
       primary key (fleet, environment)
     )`,
  );
}

/**
 * The first statement of every transaction. The database keeps the highest fence that it has seen and refuses a lower one in
 * the same transaction as the change: a deployer that slept cannot migrate. Its row lock also keeps two transactions apart.
 */
export async function raiseFence(session: Session, run: MigrationRun): Promise<void> {
  const raised = await ask(
    session,
    `insert into ${session.schema}.sampan_fence as f (fleet, environment, fence) values ($1, $2, $3)
     on conflict (fleet, environment) do update set fence = excluded.fence where f.fence <= excluded.fence
     returning f.fence`,
    [run.fleet, run.environment, run.fence],
  );
  if (raised.length > 0) return;
  throw new StepFault({
    code: STALE_FENCE,
    message: `a newer deployer than fence ${run.fence} has migrated ${run.service} in ${run.environment}: refused by the database`,
    evidence: `if the host is a new one whose clock is behind, set that; or delete the row of ${run.fleet} and ${run.environment} from ${session.schema}.sampan_fence`,
  });
}

export async function recordOf(session: Session, name: string): Promise<MigrationRecord | null> {
  const [row] = await ask<MigrationRecord>(
    session,
    `select sha256, release, state from ${session.schema}.sampan_migrations where name = $1`,
    [name],
  );
  return row ?? null;
}

export async function writeRecord(
  session: Session,
  run: MigrationRun,
  record: Readonly<{ name: string; sha256: string; state: MigrationState; took: number }>,
): Promise<void> {
  const { phase, rollback } = run.files.find(({ name }) => name === record.name) ?? { phase: "expand", rollback: null };
  await ask(
    session,
    `insert into ${session.schema}.sampan_migrations (name, sha256, release, took_ms, operation, state, phase, rollback)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (name) do update set sha256 = excluded.sha256, release = excluded.release, took_ms = excluded.took_ms,
       operation = excluded.operation, state = excluded.state, applied_at = clock_timestamp(), phase = excluded.phase,
       rollback = excluded.rollback
       where sampan_migrations.state <> 'applied'`,
    [
      ...[record.name, record.sha256, run.release, Math.round(record.took), run.operationId, record.state, phase],
      rollback === null ? null : JSON.stringify(rollback),
    ],
  );
}

/** How far a data migration has come. `position` and `last` are keys as text: of the last row done, and of the last row of all. */
export type BatchPosition = Readonly<{ position: string; last: string; batches: number; rows: number }>;

export async function batchPosition(session: Session, name: string): Promise<BatchPosition | null> {
  const [row] = await ask<BatchPosition>(
    session,
    `select position, last, batches::int as batches, rows::float8 as rows from ${session.schema}.sampan_batches where name = $1`,
    [name],
  );
  return row ?? null;
}

/** In the transaction of the batch itself. */
export async function moveBatch(
  session: Session,
  name: string,
  batch: Readonly<{ position: string; last: string; rows: number }>,
): Promise<void> {
  await ask(
    session,
    `insert into ${session.schema}.sampan_batches as b (name, position, last, batches, rows) values ($1, $2, $3, 1, $4)
     on conflict (name) do update set position = excluded.position, last = excluded.last, batches = b.batches + 1,
       rows = b.rows + excluded.rows, updated_at = clock_timestamp()`,
    [name, batch.position, batch.last, batch.rows],
  );
}

export async function deleteRecord(session: Session, name: string): Promise<void> {
  await ask(session, `delete from ${session.schema}.sampan_migrations where name = $1`, [name]);
}
