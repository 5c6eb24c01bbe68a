import type { AppliedMigration } from "./observed.ts";
import type { Loss, MigrationFile } from "./plan.ts";

export type SchemaWish = Readonly<{
  /** In the order in which they were applied. */
  applied: readonly AppliedMigration[];
  /** What the revision that is returned to was written for. */
  knows: (migration: MigrationFile) => boolean;
  /** Everything that it does not know is to go, proven or not. */
  all: boolean;
  /** Tables, or migrations, whose loss a person has confirmed. */
  confirmed: readonly string[];
}>;

/** What a rollback does with the schema. */
export type SchemaWayBack = Readonly<
  | { kind: "keep" }
  /** Newest first. `first`: old code does not bear what they made, so that they go before it starts; else they go last. */
  | { kind: "revert"; migrations: readonly AppliedMigration[]; when: "first" | "last" }
  | { kind: "refused"; refusals: readonly Refusal[] }
>;

export type Refusal = Readonly<
  | { kind: "no-way-back"; name: string; losses: readonly Loss[] }
  /** It took an old form away, and nobody has proven that the revision bears that. */
  | { kind: "unproven"; name: string }
>;

/**
 * Goes by what was proven of each migration before it ran. Without proof an expand or data migration stays, because old code bears it by what it
 * is, and a contract migration cannot be passed over.
 */
export function schemaWayBack({ applied, knows, all, confirmed }: SchemaWish): SchemaWayBack {
  const newer = applied.filter((migration) => !knows(migration));
  const refusals = newer.flatMap((migration): Refusal[] => {
    const { name, phase, rollback } = migration;
    if (rollback === null) return phase === "contract" && !all ? [{ kind: "unproven", name }] : [];
    if (typeof rollback === "string") return [];
    const losses = rollback.noWayBack.filter(({ table }) => !isConfirmed(table, name, confirmed));
    return losses.length === 0 ? [] : [{ kind: "no-way-back", name, losses }];
  });
  if (refusals.length > 0) return { kind: "refused", refusals };
  const unborne = newer.findIndex(({ rollback }) => rollback !== null && rollback !== "keep");
  if (unborne < 0) return all && newer.length > 0 ? revert(newer, "last") : { kind: "keep" };
  return revert(all ? newer : newer.slice(unborne), "first");
}

const revert = (migrations: readonly AppliedMigration[], when: "first" | "last"): SchemaWayBack => ({
  kind: "revert",
  migrations: migrations.toReversed(),
  when,
});

/** `public.users` is also confirmed as `users`; a migration's name confirms all that it loses. */
export const isConfirmed = (table: string, migration: string, confirmed: readonly string[]): boolean =>
  confirmed.some((name) => name === table || name === migration || table.endsWith(`.${name}`));
