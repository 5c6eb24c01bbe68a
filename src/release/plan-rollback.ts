import type { Environment } from "../fleet/fleet.ts";
import { sha512t256 } from "../io/digest.ts";
import type { Desired, DesiredService } from "../plan/desired.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Observed } from "../plan/observed.ts";
import type { Loss, Plan } from "../plan/plan.ts";
import type { WayBack } from "../plan/rollback.ts";
import { type Problem, Refused } from "../problem.ts";
import type { Configuration } from "./configuration.ts";
import { schemaBack } from "./schema-back.ts";
import { wayBackMissing } from "./way-back-missing.ts";
import type { Workplace } from "./workplace.ts";

/** `[]`: nobody agreed. */
export type ConfirmLosses = (losses: readonly (Loss & Readonly<{ service: string }>)[]) => Promise<readonly string[]>;

/** What was agreed to is needed again when it is done. */
export function remembering(
  ask: ConfirmLosses,
): Readonly<{ confirmLosses: ConfirmLosses; confirmed: readonly string[] }> {
  const confirmed: string[] = [];
  const confirmLosses: ConfirmLosses = async (losses) => {
    const named = await ask(losses);
    confirmed.push(...named);
    return named;
  };
  return { confirmLosses, confirmed };
}

export type RollbackOrder = Readonly<{
  at: Workplace;
  environment: Environment;
  observed: Observed;
  /** Take back the migrations applied since, too. */
  migrations: boolean;
  /** Asks for the agreement to lose data; answers with the tables or migrations that were named. */
  confirmLosses: ConfirmLosses;
  configuration: Configuration;
  /** Of `configuration`'s services. */
  ways: readonly WayBack[];
}>;

/**
 * `plan(desired = verified before, observed)`: a plan like any other.
 * @throws Refused when what a way back needs is gone.
 */
export async function planRollback(order: RollbackOrder): Promise<Plan> {
  const { at, environment, observed } = order;
  const problems: Problem[] = [];
  const services: DesiredService[] = [];
  for (const { service, mark } of order.ways) {
    if (mark === null) continue;
    problems.push(...(await wayBackMissing(order, service, mark)));
    services.push({
      name: service,
      revision: mark.revision,
      source: mark.source,
      spec: mark.spec,
      // It was held against it when it came.
      contract: null,
      needs: at.fleet.services[service]?.needs ?? [],
      restores: mark.restores ?? mark.release,
      notes: [],
      migrations: await schemaBack(order, service, mark),
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
    // It passed them when it came.
    tests: null,
    // What a rollback returns to ran among what runs now.
    surroundings: null,
    remove: order.ways.filter(({ mark }) => mark === null).map(({ service }) => service),
  };
  return makePlan(desired, observed, sha512t256);
}
