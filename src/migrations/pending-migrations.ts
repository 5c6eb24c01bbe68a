import type { AppliedMigration } from "../plan/observed.ts";
import type { PendingMigration } from "../plan/phases.ts";
import { reliesOn } from "../plan/phases.ts";
import { type Problem, problem } from "../problem.ts";
import { byNumber, numberOf } from "./migration.ts";

export type Pending = Readonly<{
  /** Not applied yet, in order. */
  pending: readonly PendingMigration[];
  /** Applied by a newer release than the one these files belong to: an older artifact is coming back over a newer schema. */
  ahead: readonly AppliedMigration[];
  problems: readonly Problem[];
}>;

/** What a database still lacks of these migrations, and whether its past agrees with them. */
export function pendingMigrations(files: readonly PendingMigration[], applied: readonly AppliedMigration[]): Pending {
  const known = new Map(files.map((file) => [file.name, file]));
  const done = new Set(applied.map(({ name }) => name));
  const newestFile = Math.max(-1, ...files.map(({ name }) => numberOf(name)));
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
  for (const migration of pending) {
    const overtaken = overtakenBy(migration, files, done);
    if (overtaken !== null) {
      problems.push(
        problem(
          "migration-out-of-order",
          `${migration.name} is not applied, but ${overtaken} after it is`,
          migration.phase === "expand"
            ? "give it a number above every applied one: elsewhere the two would run in another order"
            : `${overtaken} names what it changes: give it a number above, so that the two run in this order everywhere`,
        ),
      );
    }
  }
  return { pending, ahead, problems };
}

/**
 * An applied migration of a higher number that would have run otherwise after this one. Data and contract migrations are passed by on purpose: by those that
 * do not rely on them.
 */
function overtakenBy(
  migration: PendingMigration,
  files: readonly PendingMigration[],
  done: ReadonlySet<string>,
): string | null {
  const beyond = files.filter((file) => done.has(file.name) && numberOf(file.name) > numberOf(migration.name));
  const found = migration.phase === "expand" ? beyond[0] : beyond.find((file) => reliesOn(file, migration));
  return found?.name ?? null;
}
