import { STALE_FENCE, StepFault } from "../fault.ts";
import type { MigrationRun } from "./migration-run.ts";
import { ask, type Session } from "./session.ts";

/**
 * A row of `sampan_migrations`. Outside a transaction a migration may stop on the way: `unfinished` when it was going up,
 * `reverting` when it was going down.
 */
export type MigrationState = "applied" | "unfinished" | "reverting";

export type MigrationRecord = Readonly<{ sha256: string; release: string; state: MigrationState }>;

/** Made only while this session has its turn, so that two cannot make them at once. */
export async function ensureTables(session: Session): Promise<void> {
  const [row] = await ask<{ there: boolean }>(
    session,
    "select to_regclass($1) is not null and to_regclass($2) is not null as there",
    [`${session.schema}.sampan_migrations`, `${session.schema}.sampan_fence`],
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
       state text not null check (state in ('applied', 'unfinished', 'reverting'))
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
    evidence: `if the hosts were replaced and count their fences from 1 again, delete the row of ${run.fleet} and ${run.environment} from ${session.schema}.sampan_fence`,
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
  await ask(
    session,
    `insert into ${session.schema}.sampan_migrations (name, sha256, release, took_ms, operation, state)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (name) do update set sha256 = excluded.sha256, release = excluded.release, took_ms = excluded.took_ms,
       operation = excluded.operation, state = excluded.state, applied_at = clock_timestamp()
       where sampan_migrations.state <> 'applied'`,
    [record.name, record.sha256, run.release, Math.round(record.took), run.operationId, record.state],
  );
}

export async function deleteRecord(session: Session, name: string): Promise<void> {
  await ask(session, `delete from ${session.schema}.sampan_migrations where name = $1`, [name]);
}
