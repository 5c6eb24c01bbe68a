import type { AppliedMigration } from "../plan/observed.ts";
import type { MigrationFile } from "../plan/plan.ts";
import { unreachable } from "./database-fault.ts";
import type { MigrationState } from "./records.ts";
import { connectTo } from "./session.ts";

/**
 * What a database has been through, oldest first; empty where nothing was ever migrated. One that is half taken back counts:
 * it still has to be taken back. Changes nothing. Throws StepFault.
 */
export async function appliedMigrations(url: string, signal?: AbortSignal): Promise<readonly AppliedMigration[]> {
  const rows = await recordsOf(url, signal);
  return rows
    .filter(({ state }) => state !== "unfinished")
    .map(({ name, sha256, release, phase, rollback }) => ({ name, sha256, release, phase, rollback }));
}

/**
 * Is this step already done, every file of it? How a step whose outcome was lost is observed. False is no proof that nothing
 * happened, but doing it again is safe.
 */
export async function migrationsDone(
  step: Readonly<{ url: string; direction: "up" | "down"; files: readonly MigrationFile[]; signal?: AbortSignal }>,
): Promise<boolean> {
  const states = new Map((await recordsOf(step.url, step.signal)).map(({ name, state }) => [name, state]));
  return step.files.every(({ name }) =>
    step.direction === "up" ? states.get(name) === "applied" : states.get(name) === undefined,
  );
}

async function recordsOf(
  url: string,
  signal: AbortSignal | undefined,
): Promise<(AppliedMigration & { state: MigrationState })[]> {
  signal?.throwIfAborted();
  const { client, place } = await connectTo(url, "sampan");
  const onAbort = () => void client.end().catch(() => undefined);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await client.query("set statement_timeout = '10s'; set default_transaction_read_only = on");
    const there = await client.query<{ name: string | null }>(
      "select to_regclass(quote_ident(current_schema()) || '.sampan_migrations')::text as name",
    );
    if ((there.rows[0]?.name ?? null) === null) return [];
    // The current schema comes first in the search_path, except for temporary tables, of which this session has none.
    const { rows } = await client.query<AppliedMigration & { state: MigrationState }>(
      "select name, sha256, release, state, phase, rollback from sampan_migrations order by applied_at, name",
    );
    return rows;
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(place, error);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await client.end().catch(() => undefined);
  }
}
