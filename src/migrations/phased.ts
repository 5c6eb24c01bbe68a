import type { PendingMigration } from "../plan/phases.ts";
import type { Phase, RollbackVerdict } from "../plan/plan.ts";
import type { Migration } from "./migration.ts";
import { statementNames } from "./statement-names.ts";

/** What is known of a migration beside its text. */
export type Known = Readonly<{ phase: Phase; rollback: RollbackVerdict | null }>;

/** Migrations as planning sees them. `names: false` for those that are applied and behind nothing that waits: reading all statements takes time. */
export async function phased(
  migrations: readonly Migration[],
  known: (migration: Migration) => Known,
  names: (migration: Migration) => boolean,
): Promise<readonly PendingMigration[]> {
  return Promise.all(
    migrations.map(async (migration) => {
      const { name, sha256, after } = migration;
      const said = names(migration) && migration.batches === null ? await statementNames(migration.up.text) : NOTHING;
      return { name, sha256, after, ...known(migration), ...said };
    }),
  );
}

const NOTHING = { changes: [], mentions: new Set<string>() };
