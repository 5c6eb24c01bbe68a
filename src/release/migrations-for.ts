import { join } from "node:path";
import type { MigrationsSpec, Service } from "../fleet/fleet.ts";
import type { Catalog } from "../migrations/catalog/catalog.ts";
import { byNumber, type Migration } from "../migrations/migration.ts";
import { pendingMigrations } from "../migrations/pending-migrations.ts";
import { phased } from "../migrations/phased.ts";
import type { Proof } from "../migrations/prove/proof.ts";
import { readMigrations } from "../migrations/read-migrations.ts";
import type { ToolRecords } from "../migrations/tool-records.ts";
import { NOTHING_OBSERVED } from "../plan/change.ts";
import type { DesiredMigrations } from "../plan/desired.ts";
import type { AppliedMigration, Observed, Revision } from "../plan/observed.ts";
import { type Schedule, schedule } from "../plan/phases.ts";
import type { MigrationFile, PlannedMigration, RollbackVerdict } from "../plan/plan.ts";
import { type Problem, problem } from "../problem.ts";
import type { AllowedStatement } from "./allowed-statement.ts";
import { bearersOf } from "./bearers.ts";
import type { Phases } from "./phases-of.ts";

export type MigrationsFrom = Readonly<{
  service: Service;
  /** The folder that the service's files lie in: its bundle, or its sources. */
  files: () => Promise<string>;
  observed: Observed;
  /** Of its database; only asked for where there is something to judge by it. Null: it has none yet. */
  catalog: () => Promise<Catalog | null>;
  /** What other tools' own tables in its database say; only asked for where Sampan has no records of its own. */
  others: () => Promise<readonly ToolRecords[]>;
  /** What was proven of its migrations in this environment, newest first. */
  proofs: () => Promise<readonly Proof[]>;
  /** What is to run. */
  revision: Revision;
  /** This very artifact is verified there: its migrations were looked through before that. */
  verified: boolean;
}>;

export type MigrationsWanted = Readonly<{
  desired: DesiredMigrations | null;
  /** Of what runs with this release. */
  allowed: readonly AllowedStatement[];
  problems: readonly Problem[];
}>;

/** What a service's artifact brings and its database lacks, and when each of it runs. */
export async function migrationsFor(wanted: MigrationsFrom): Promise<MigrationsWanted> {
  const { service, observed, revision } = wanted;
  if (service.migrations === null) return { desired: null, allowed: [], problems: [] };
  const state = observed.services[service.name] ?? NOTHING_OBSERVED;
  const applied = state.migrations;
  if (service.migrations.command !== null)
    return { desired: commanded(service.migrations, revision, applied), allowed: [], problems: [] };
  const done = new Set(applied.map(({ name }) => name));
  const { dir, format } = service.migrations;
  const folder = join(await wanted.files(), dir);
  let read = await readMigrations(folder, { statements: !wanted.verified, format });
  const first = read.migrations.findIndex(({ name }) => !done.has(name));
  if (wanted.verified && first >= 0) read = await readMigrations(folder, { format });
  const [other] = applied.length === 0 && read.migrations.length > 0 ? await wanted.others() : [];
  const bearers = bearersOf(state, revision, 1);
  const open = read.problems.length > 0 ? [] : read.migrations.filter(({ name }) => !done.has(name));
  const phases = open.length === 0 || bearers.length === 0 ? NO_OLD_FORM : await judged(open, await wanted.catalog());
  const files = await phased(
    read.migrations,
    ({ name, batches }) => ({ phase: phases.of.get(name) ?? (batches === null ? "expand" : "data"), rollback: null }),
    // Names matter to what is pending and to what has overtaken it.
    ({ name }) => open.length > 0 && byNumber({ name }, read.migrations[first] ?? { name }) >= 0,
  );
  const { pending, problems } = pendingMigrations(files, applied);
  const { before, after, waiting, impossible } = schedule(pending, bearers);
  const rollback = provenRollback(await wanted.proofs(), { before, after, artifact: revision.artifact });
  return {
    desired: {
      urlVariable: service.migrations.url,
      up: before.map((migration) => withRollback(migration, rollback)),
      after,
      waiting,
      down: [],
      downSource: null,
      downWhen: "last",
      held: [...after, ...waiting].map(({ name }) => name),
      level: [...applied, ...before].sort(byNumber).at(-1)?.name ?? null,
    },
    allowed: [...before, ...after].flatMap(({ name }) =>
      (phases.allowed.get(name) ?? []).map((one) => ({ service: service.name, ...one })),
    ),
    problems: [
      ...read.problems,
      ...(other === undefined ? [] : [notAdopted(service.name, other)]),
      ...problems,
      ...phases.problems,
      ...waiting.flatMap(({ name }) => phases.breaking.get(name) ?? []),
      ...impossible.map(({ name, waitsFor, why }) =>
        problem(
          "migration-too-early",
          `${service.name}: ${name} relies on ${waitsFor}, which waits: ${why}`,
          `deploy a version without ${name} first; ${waitsFor} runs with a release after that`,
        ),
      ),
    ],
  };
}

const NO_OLD_FORM: Phases = { of: new Map(), breaking: new Map(), allowed: new Map(), problems: [] };

/**
 * What was proven is that the code that ran then bears it. A contract migration takes a form away that code before that needs, so for whoever
 * goes further back "keep" is nothing to rely on.
 */
export const withRollback = (migration: PlannedMigration, rollback: RollbackVerdict | null): PlannedMigration => ({
  ...migration,
  rollback: migration.phase === "contract" && rollback === "keep" ? null : rollback,
});

/** Of exactly these migrations with exactly this code; anything else proves nothing. */
function provenRollback(
  proofs: readonly Proof[],
  { before, after, artifact }: Pick<Schedule, "before" | "after"> & Readonly<{ artifact: string }>,
): RollbackVerdict | null {
  const alike = (a: readonly MigrationFile[], b: readonly MigrationFile[]): boolean =>
    a.length === b.length && a.every(({ name, sha256 }, at) => name === b[at]?.name && sha256 === b[at]?.sha256);
  const same = ({ verdict, next, files, data }: Proof): boolean =>
    verdict === "passed" && next === artifact && alike(files, before) && alike(data, after);
  return before.length === 0 ? null : (proofs.find(same)?.rollback ?? null);
}

/** Running again what another tool has run would fail at best. */
const notAdopted = (service: string, { tool, table, count }: ToolRecords): Problem =>
  problem(
    "migrations-not-adopted",
    `${service}: ${tool} has applied ${count} migrations to this database (${table}), and Sampan has records of none`,
    `take them over first: \`sampan migrations adopt ENVIRONMENT ${service}\`; it runs nothing`,
  );

/** A tool of the service's own runs once for each artifact; what it does is its own affair, and stays when a release is thrown back. */
function commanded(
  { url }: MigrationsSpec,
  { artifact }: Revision,
  applied: readonly AppliedMigration[],
): DesiredMigrations {
  const hash = artifact.replace(/^sha256:/, "");
  const run: PlannedMigration = { name: `command@${hash.slice(0, 12)}`, sha256: hash, phase: "expand", rollback: null };
  return {
    ...{
      urlVariable: url,
      after: [],
      waiting: [],
      down: [],
      downSource: null,
      downWhen: "last",
      held: [],
      level: null,
    },
    up: applied.some(({ name }) => name === run.name) ? [] : [run],
  };
}

/** The rules and their grammar are loaded by those alone who have something to judge. */
const judged = async (open: readonly Migration[], catalog: Catalog | null): Promise<Phases> =>
  (await import("./phases-of.ts")).phasesOf(open, catalog);
