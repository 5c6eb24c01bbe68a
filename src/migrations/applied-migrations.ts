import type { AppliedMigration } from "../plan/observed.ts";
import { unreachable } from "./database-fault.ts";
import { byNumber } from "./migration.ts";
import { connectTo } from "./session.ts";

/** What a database has been through, oldest first; empty where nothing was ever migrated. Changes nothing. Throws StepFault. */
export async function appliedMigrations(url: string, signal?: AbortSignal): Promise<readonly AppliedMigration[]> {
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
    const { rows } = await client.query<AppliedMigration>(
      "select name, sha256, release from sampan_migrations where state = 'applied'",
    );
    return rows.sort(byNumber);
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(place, error);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await client.end().catch(() => undefined);
  }
}
