import { StepFault } from "../fault.ts";
import type { MigrationRun } from "./migration-run.ts";
import { ask, type Session } from "./session.ts";

export type IndexName = Readonly<{ schema: string | null; index: string }>;

export type FoundIndex = Readonly<{ quoted: string; valid: boolean; builder: number | null }>;

/** An index by the name that a migration calls it, on this session's search_path. */
export async function findIndex(session: Session, name: IndexName): Promise<FoundIndex | null> {
  const [row] = await ask<FoundIndex>(
    session,
    `select i.indexrelid::regclass::text as quoted, i.indisvalid as valid,
       (select p.pid from pg_stat_progress_create_index p where p.index_relid = i.indexrelid limit 1) as builder
     from pg_index i
     where i.indexrelid = to_regclass(coalesce(quote_ident($1::text) || '.', '') || quote_ident($2::text))`,
    [name.schema, name.index],
  );
  return row ?? null;
}

/** What a CREATE INDEX CONCURRENTLY that failed leaves behind: it costs every write and serves no read. True if there was one. */
export async function dropInvalidIndex(session: Session, run: MigrationRun, name: IndexName): Promise<boolean> {
  const index = await findIndex(session, name);
  if (index === null || index.valid) return false;
  if (index.builder !== null) {
    throw new StepFault({
      code: "migration-index-busy",
      message: `${run.service}: index ${index.quoted} is being built by pid ${index.builder}, which is not this deployer`,
      evidence: "wait until it is done, or end that session",
      retry: "safe",
    });
  }
  run.log(`${run.service}: dropping the invalid index ${index.quoted}, left by an attempt that failed`);
  await ask(session, `drop index concurrently if exists ${index.quoted}`);
  return true;
}
