import type { AppliedMigration } from "../plan/observed.ts";
import type { MigrationFile } from "../plan/plan.ts";
import { type Problem, problem } from "../problem.ts";
import { byNumber, numberOf } from "./migration.ts";

export type Pending = Readonly<{
  /** To be applied, in order. */
  pending: readonly MigrationFile[];
  /** Applied by a newer release than the one these files belong to: an older artifact is coming back over a newer schema. */
  ahead: readonly AppliedMigration[];
  problems: readonly Problem[];
}>;

/** What a database still lacks of these migrations, and whether its past agrees with them. */
export function pendingMigrations(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): Pending {
  const known = new Map(files.map((file) => [file.name, file]));
  const done = new Set(applied.map(({ name }) => name));
  const newestFile = Math.max(-1, ...files.map(({ name }) => numberOf(name)));
  const newestApplied = [...applied].sort(byNumber).at(-1) ?? null;
  const ahead: AppliedMigration[] = [];
  const problems: Problem[] = [];
  for (const migration of [...applied].sort(byNumber)) {
    const file = known.get(migration.name);
    if (file === undefined) {
      if (numberOf(migration.name) > newestFile) ahead.push(migration);
      else
        problems.push(
          problem(
            "migration-vanished",
            `${migration.name} was applied by release ${migration.release} and its file is gone`,
            "bring the file back: what a database has been through cannot be taken out of its history",
          ),
        );
    } else if (file.sha256 !== migration.sha256) {
      problems.push(
        problem(
          "migration-edited",
          `${migration.name} was edited after release ${migration.release} applied it`,
          "take the edit back and write it as a new migration",
        ),
      );
    }
  }
  const pending = files.filter(({ name }) => !done.has(name)).sort(byNumber);
  for (const { name } of pending) {
    if (newestApplied !== null && numberOf(name) < numberOf(newestApplied.name)) {
      problems.push(
        problem(
          "migration-out-of-order",
          `${name} is not applied, but ${newestApplied.name} after it is`,
          "give it a number above every applied one: elsewhere the two would run in another order",
        ),
      );
    }
  }
  return { pending: pending.map(({ name, sha256 }) => ({ name, sha256 })), ahead, problems };
}
