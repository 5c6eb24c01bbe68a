import { join } from "node:path";
import type { Environment } from "../fleet/fleet.ts";
import { sha256 } from "../io/digest.ts";
import { numberOf } from "../migrations/migration.ts";
import { readMigrations } from "../migrations/read-migrations.ts";
import type { Desired, DesiredMigrations, DesiredService } from "../plan/desired.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Observed, VerifiedMark } from "../plan/observed.ts";
import type { Plan } from "../plan/plan.ts";
import { type WayBack, waysBack } from "../plan/rollback.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import type { Workplace } from "./workplace.ts";

export type RollbackOrder = Readonly<{
  at: Workplace;
  environment: Environment;
  observed: Observed;
  services: readonly string[] | null;
  to: string | null;
  /** Take back the migrations applied since, too. */
  migrations: boolean;
  /** Null: as asked; else exactly these, as for a return to what is verified now. */
  ways: readonly WayBack[] | null;
}>;

/**
 * `plan(desired = verified before, observed)`: a plan like any other.
 * @throws Refused when there is nothing verified to return to, or what it needs is gone.
 */
export async function planRollback(order: RollbackOrder): Promise<Plan> {
  const { at, environment, observed } = order;
  const chosen =
    order.ways === null
      ? waysBack(observed, { to: order.to, services: order.services })
      : { ways: order.ways, problems: [] };
  if (chosen.problems.length > 0) throw new Refused(chosen.problems, 3);
  const problems: Problem[] = [];
  const services: DesiredService[] = [];
  for (const { service, mark } of chosen.ways) {
    if (mark === null) continue;
    problems.push(...(await missing(order, service, mark)));
    services.push({
      name: service,
      revision: mark.revision,
      source: mark.source,
      spec: mark.spec,
      needs: at.fleet.services[service]?.needs ?? [],
      restores: mark.restores ?? mark.release,
      migrations: await downTo(order, service, mark),
    });
  }
  if (problems.length > 0) throw new Refused(problems, 3);
  const desired: Desired = {
    fleet: at.fleet.name,
    environment: environment.name,
    direction: "back",
    onFailure: environment.onFailure,
    groups: environment.rollout.groups,
    concurrency: environment.rollout.concurrency,
    services,
    remove: chosen.ways.filter(({ mark }) => mark === null).map(({ service }) => service),
  };
  return makePlan(desired, observed, sha256);
}

/** A way back that lacks its artifact or its configuration is refused before it is begun. */
async function missing(
  { at, environment }: RollbackOrder,
  service: string,
  mark: VerifiedMark,
): Promise<readonly Problem[]> {
  const found: Problem[] = [];
  if (!(await at.target(environment).staged(service, mark.revision.variables, { signal: at.signal }))) {
    found.push(
      problem(
        "configuration-gone",
        `the variables of ${service} as ${mark.release} verified it are not kept any more`,
        "deploy the wanted commit instead",
      ),
    );
  }
  const kind = at.artifacts(environment);
  if (!(await kind.there({ service, source: mark.source, signal: at.signal }))) {
    found.push(
      problem(
        "artifact-gone",
        `the ${kind.kind} of ${service} as ${mark.release} verified it is not there any more`,
        "check out its commit and deploy that",
      ),
    );
  }
  return found;
}

/** Without being told to, a rollback leaves the schema as it is: expand migrations bear old code. */
async function downTo(order: RollbackOrder, service: string, mark: VerifiedMark): Promise<DesiredMigrations | null> {
  const declared = order.at.fleet.services[service]?.migrations ?? null;
  const state = order.observed.services[service];
  if (declared === null || state === undefined) return null;
  const applied = state.migrations;
  const level = applied.at(-1)?.name ?? null;
  const none = { urlVariable: declared.url, up: [], after: [], waiting: [], down: [], downSource: null, level };
  if (!order.migrations) return none;
  const newer = applied.filter(({ name }) => mark.migration === null || numberOf(name) > numberOf(mark.migration));
  const source = state.marks[0]?.source ?? null;
  if (newer.length === 0 || source === null) return none;
  const { at, environment } = order;
  const files = await at.artifacts(environment).files({ service, source, signal: at.signal });
  const { migrations, problems } = await readMigrations(join(files, declared.dir));
  if (problems.length > 0) throw new Refused(problems, 3);
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const lost = newer.filter(({ name }) => !known.has(name));
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
  const down = [...newer].reverse().map(({ release: _, ...migration }) => migration);
  return { ...none, down, downSource: source, level: mark.migration };
}
