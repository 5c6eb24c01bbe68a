import { join } from "node:path";
import type { MigrationsSpec } from "../fleet/fleet.ts";
import { databaseLosses } from "../migrations/database-losses.ts";
import { numberOf } from "../migrations/migration.ts";
import { readMigrations } from "../migrations/read-migrations.ts";
import type { DesiredMigrations } from "../plan/desired.ts";
import type { AppliedMigration, VerifiedMark } from "../plan/observed.ts";
import { knownTo } from "../plan/phases.ts";
import type { Loss } from "../plan/plan.ts";
import { isConfirmed, type Refusal, schemaWayBack } from "../plan/schema-way-back.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import type { RollbackOrder } from "./plan-rollback.ts";

/**
 * What becomes of a service's schema when it returns to a mark: by what was proven of each migration, or because it was asked for. Down files are
 * those of the newer artifact. @throws Refused when there is no way back, or data would be lost that nobody agreed to lose.
 */
export async function schemaBack(
  order: RollbackOrder,
  service: string,
  mark: VerifiedMark,
): Promise<DesiredMigrations | null> {
  const declared = order.at.fleet.services[service]?.migrations ?? null;
  const state = order.observed.services[service];
  if (declared === null || state === undefined) return null;
  // What a tool of the service's own did, it alone could take back.
  if (declared.command !== null) return null;
  // What the mark knew and had not yet, it still knows; what stays though it never knew it is no level of its.
  const none: DesiredMigrations = {
    ...{ urlVariable: declared.url, up: [], after: [], waiting: [], down: [], downSource: null, downWhen: "last" },
    ...{ held: mark.held, level: mark.migration },
  };
  const wish = { applied: state.migrations, knows: knownTo(mark, numberOf), all: order.migrations };
  let way = schemaWayBack({ ...wish, confirmed: [] });
  if (way.kind === "refused") {
    const losses = way.refusals.flatMap((one) => (one.kind === "no-way-back" ? one.losses : []));
    const confirmed =
      losses.length === 0 ? [] : await order.confirmLosses(losses.map((loss) => ({ ...loss, service })));
    way = schemaWayBack({ ...wish, confirmed });
  }
  if (way.kind === "refused")
    throw new Refused(
      way.refusals.map((one) => told(one, order, service, mark)),
      3,
    );
  const source = state.marks[0]?.source ?? null;
  if (way.kind === "keep" || source === null) return none;
  await agreed(order, { service, source, dir: declared.dir, format: declared.format, going: way.migrations });
  const down = way.migrations.map(({ release: _, ...migration }) => migration);
  return { ...none, down, downSource: source, downWhen: way.when };
}

type Going = Readonly<{ service: string; source: string; going: readonly AppliedMigration[] }> &
  Pick<MigrationsSpec, "dir" | "format">;

/** Every down file is there, and what it would lose of what is in the database now was agreed to. */
async function agreed(order: RollbackOrder, { service, source, dir, format, going }: Going): Promise<void> {
  const { at, environment } = order;
  const files = await at.artifacts(environment).files({ service, source, signal: at.signal });
  const { migrations, problems } = await readMigrations(join(files, dir), { format });
  if (problems.length > 0) throw new Refused(problems, 3);
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const lost = going.filter(({ name }) => !known.has(name));
  if (lost.length > 0) {
    throw new Refused(
      lost.map(({ name }) =>
        problem(
          "migration-vanished",
          `${service}: ${name} is applied, and the newer artifact has no file to take it back with`,
        ),
      ),
      3,
    );
  }
  const scripts = going.flatMap(({ name }) => {
    const down = known.get(name)?.down ?? null;
    return down === null ? [] : [{ name, down }];
  });
  const url = order.configuration.services.get(service)?.migrationUrl ?? "";
  if (url === "") return;
  const losses = (await databaseLosses(url, scripts, at.signal)).map((loss) => ({ ...loss, service }));
  if (losses.length === 0) return;
  const confirmed = await order.confirmLosses(losses);
  const open = losses.filter(({ table, name }) => !isConfirmed(table, name, confirmed));
  if (open.length > 0)
    throw new Refused(
      open.map((loss) => unconfirmed(loss)),
      3,
    );
}

export const unconfirmed = ({ service, table, loss }: Loss & Readonly<{ service: string }>): Problem =>
  problem(
    "loss-not-confirmed",
    `${service}: going back would lose data of ${table}: ${loss}`,
    `to lose it, name it: \`--confirm-loss ${table}\`; to keep it, deploy a corrected version instead`,
  );

function told(one: Refusal, { environment }: RollbackOrder, service: string, mark: VerifiedMark): Problem {
  if (one.kind === "no-way-back") {
    const [loss] = one.losses;
    return loss === undefined
      ? problem("no-way-back", `${service}: ${one.name} cannot be taken back`)
      : unconfirmed({ ...loss, service });
  }
  return problem(
    "schema-unproven",
    `${service}: ${one.name} took away a form that the version of ${mark.release} was written for`,
    `return to a later release (\`sampan history ${environment.name}\`), deploy a corrected version, or take it back with --migrations`,
  );
}
