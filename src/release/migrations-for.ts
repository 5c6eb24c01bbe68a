import { join } from "node:path";
import type { Service } from "../fleet/fleet.ts";
import { byNumber, type Migration } from "../migrations/migration.ts";
import { pendingMigrations } from "../migrations/pending-migrations.ts";
import { type Known, phased } from "../migrations/phased.ts";
import { readMigrations } from "../migrations/read-migrations.ts";
import { NOTHING_OBSERVED } from "../plan/change.ts";
import type { DesiredMigrations } from "../plan/desired.ts";
import type { Observed, Revision } from "../plan/observed.ts";
import { schedule } from "../plan/phases.ts";
import { type Problem, problem } from "../problem.ts";
import { bearersOf } from "./bearers.ts";

export type MigrationsFrom = Readonly<{
  service: Service;
  /** The folder that the service's files lie in: its bundle, or its sources. */
  files: () => Promise<string>;
  observed: Observed;
  /** What is to run. */
  revision: Revision;
  /** This very artifact is verified there: its migrations were looked through before that. */
  verified: boolean;
}>;

export type MigrationsWanted = Readonly<{ desired: DesiredMigrations | null; problems: readonly Problem[] }>;

/** What a service's artifact brings and its database lacks, and when each of it runs. */
export async function migrationsFor(wanted: MigrationsFrom): Promise<MigrationsWanted> {
  const { service, observed, revision } = wanted;
  if (service.migrations === null) return { desired: null, problems: [] };
  const state = observed.services[service.name] ?? NOTHING_OBSERVED;
  const applied = state.migrations;
  const done = new Set(applied.map(({ name }) => name));
  const read = await readMigrations(join(await wanted.files(), service.migrations.dir), {
    statements: !wanted.verified,
  });
  const anyPending = read.migrations.some(({ name }) => !done.has(name));
  const first = read.migrations.findIndex(({ name }) => !done.has(name));
  const files = await phased(
    read.migrations,
    phaseOf,
    ({ name }) =>
      // Names matter to what is pending and to what has overtaken it.
      anyPending && first >= 0 && byNumber({ name }, read.migrations[first] ?? { name }) >= 0,
  );
  const { pending, problems } = pendingMigrations(files, applied);
  const { before, after, waiting, impossible } = schedule(pending, bearersOf(state, revision, 1));
  const level = [...applied, ...before].sort(byNumber).at(-1)?.name ?? null;
  return {
    desired: {
      urlVariable: service.migrations.url,
      up: before,
      after,
      waiting,
      down: [],
      downSource: null,
      downWhen: "last",
      held: [...after, ...waiting].map(({ name }) => name),
      level,
    },
    problems: [
      ...read.problems,
      ...problems,
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

/** Until it is known better, what is not data expands. */
const phaseOf = ({ batches }: Migration): Known => ({ phase: batches === null ? "expand" : "data", rollback: null });
