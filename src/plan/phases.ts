import { type Revision, sameRevision } from "./observed.ts";
import type { MigrationFile, PlannedMigration, WaitingMigration } from "./plan.ts";

/** A migration that is not applied yet. */
export type PendingMigration = PlannedMigration &
  Readonly<{
    /** Names of migrations that it says it comes after. */
    after: readonly string[];
    /** What it takes away, makes, renames or gives another type: each as the names that one must say to mean it (`["users", "phone"]`). */
    changes: readonly (readonly string[])[];
    /** Every name that its statements say. */
    mentions: ReadonlySet<string>;
  }>;

/** Code that must bear the schema: what it was written for. */
export type Bearer = Readonly<{
  /** In words, for the reason. */
  what: string;
  /** What runs must end before; what a rollback returns to must be further back than a rollback reaches. */
  role: "instance" | "target";
  knows: (migration: MigrationFile) => boolean;
}>;

export type Schedule = Readonly<{
  /** Before the first instance of the release. */
  before: readonly PlannedMigration[];
  /** Once the release is verified. */
  after: readonly PlannedMigration[];
  waiting: readonly Omit<WaitingMigration, "service">[];
  /** Expand migrations that rely on one that waits: their code could not run without them. */
  impossible: readonly Readonly<{ name: string; waitsFor: string; why: string }>[];
}>;

/**
 * When each pending migration runs; `pending` in order of the numbers. Nothing that runs, nothing verified: there is no old form, and all
 * run in their order. One that waits holds up only those that rely on it: data and contract migrations keep their order among
 * themselves, and an expand migration passes by unless it names what the waiting one takes away or makes.
 */
export function schedule(pending: readonly PendingMigration[], bearers: readonly Bearer[]): Schedule {
  const before: PlannedMigration[] = [];
  const after: PlannedMigration[] = [];
  const waiting: Omit<WaitingMigration, "service">[] = [];
  const impossible: { name: string; waitsFor: string; why: string }[] = [];
  /** Those passed by so far. */
  const later: PendingMigration[] = [];
  for (const migration of pending) {
    if (bearers.length === 0) {
      before.push(planned(migration));
      continue;
    }
    const relied = later.find((earlier) => reliesOn(migration, earlier)) ?? null;
    switch (migration.phase) {
      case "expand":
        if (relied === null) before.push(planned(migration));
        else {
          const why = waiting.find(({ name }) => name === relied.name)?.why ?? "it runs once the release is verified";
          impossible.push({ name: migration.name, waitsFor: relied.name, why });
        }
        break;
      case "data": {
        later.push(migration);
        const held = relied !== null && waiting.some(({ name }) => name === relied.name) ? relied : null;
        if (held === null) after.push(planned(migration));
        else waiting.push(waitFor(migration, `${held.name} comes first`));
        break;
      }
      case "contract": {
        const why = whyLater(later, migration, bearers);
        if (why === null) before.push(planned(migration));
        else {
          later.push(migration);
          waiting.push(waitFor(migration, why));
        }
      }
    }
  }
  return { before, after, waiting, impossible };
}

function whyLater(
  later: readonly PendingMigration[],
  migration: PendingMigration,
  bearers: readonly Bearer[],
): string | null {
  const old = bearers.filter(({ knows }) => !knows(migration));
  const runs = old.find(({ role }) => role === "instance");
  if (runs !== undefined) return `${runs.what} runs and needs the old form`;
  const target = old[0];
  if (target !== undefined) return `a rollback may return to ${target.what}, which needs the old form`;
  const first = later[0];
  if (first === undefined) return null;
  return first.phase === "data" ? `${first.name} must have filled its data first` : `${first.name} comes first`;
}

const waitFor = ({ name, phase }: PendingMigration, why: string): Omit<WaitingMigration, "service"> => ({
  name,
  phase,
  why,
});

const planned = ({ name, sha256, phase, rollback }: PendingMigration): PlannedMigration => ({
  name,
  sha256,
  phase,
  rollback,
});

/** Would it run otherwise if the earlier one had not run yet? Said by itself, or seen from the names that both say. */
export const reliesOn = (
  migration: Pick<PendingMigration, "after" | "mentions">,
  earlier: Pick<PendingMigration, "name" | "phase" | "changes">,
): boolean =>
  migration.after.includes(earlier.name) ||
  // Values that are not there yet change nothing that a schema change does.
  (earlier.phase !== "data" &&
    earlier.changes.some((names) => names.length > 0 && names.every((name) => migration.mentions.has(name))));

type Marked = Readonly<{
  revision: Revision;
  release: string;
  restores: string | null;
  migration: string | null;
  held: readonly string[];
}>;

/** What a verified artifact was written for: what was applied then, and what it brought for later. */
export const knownTo =
  ({ migration: level, held }: Pick<Marked, "migration" | "held">, numberOf: (name: string) => number) =>
  ({ name }: MigrationFile): boolean =>
    held.includes(name) || (level !== null && numberOf(name) <= numberOf(level));

/**
 * The verified revisions that a rollback from `revision` returns to, nearest first: `reach` different ones. `marks` newest first.
 */
export function rollbackTargets<M extends Marked>(
  marks: readonly M[],
  revision: Revision,
  reach: number,
): readonly M[] {
  const found: M[] = [];
  for (const mark of marks) {
    if (found.length >= reach) break;
    const seen = [revision, ...found.map((one) => one.revision)];
    if (mark.restores === null && !seen.some((one) => sameRevision(one, mark.revision))) found.push(mark);
  }
  return found;
}
