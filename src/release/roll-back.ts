import type { OnEvent } from "../engine/events.ts";
import type { Inconclusive } from "../engine/execute.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { GateResult } from "../gates/gate.ts";
import type { Step } from "../plan/plan.ts";
import { waysBack } from "../plan/rollback.ts";
import { Refused } from "../problem.ts";
import { rollbackChecklist } from "./approval.ts";
import { type AwaitingApproval, awaitApproval } from "./await-approval.ts";
import { carryOut } from "./carry-out.ts";
import { readConfiguration } from "./configuration.ts";
import { look } from "./look.ts";
import type { ReleaseDocument } from "./outcome.ts";
import { type ConfirmLosses, planRollback, remembering } from "./plan-rollback.ts";
import type { Workplace } from "./workplace.ts";

export type Rollback = Readonly<{
  at: Workplace;
  environment: Environment;
  services: readonly string[] | null;
  to: string | null;
  migrations: boolean;
  confirmLosses: ConfirmLosses;
  ask: AwaitingApproval["ask"];
  confirm: AwaitingApproval["confirm"];
  onEvent: OnEvent;
  inconclusive: (step: Step, gate: GateResult) => Promise<Inconclusive>;
}>;

/** Plans the way back from verified marks, and carries it out as any other plan. */
export async function rollback(order: Rollback): Promise<ReleaseDocument> {
  const { at, environment, services, to, migrations } = order;
  const back = waysBack(await at.target(environment).observe({ signal: at.signal }), { to, services });
  if (back.problems.length > 0) throw new Refused(back.problems, 3);
  // Nothing is asked of a service that stays: its variables and its database may be what is wrong.
  const names = goingBack(
    at,
    back.ways.map(({ service }) => service),
  );
  const configuration = await readConfiguration(at, environment.name, names, "back");
  const observed = await look(at, environment, configuration);
  const { confirmLosses, confirmed } = remembering(order.confirmLosses);
  const wish = { migrations, ways: back.ways };
  const plan = await planRollback({ at, environment, configuration, observed, confirmLosses, ...wish });
  const answer = await awaitApproval({
    at,
    environment,
    plan,
    evidence: { services: names },
    checklist: rollbackChecklist(at, environment),
    kind: "rollback",
    commit: null,
    ask: order.ask,
    confirm: order.confirm,
  });
  if ("waits" in answer) return answer.waits;
  return carryOut({
    at,
    environment,
    configuration,
    plan,
    ...answer.approved,
    kind: "rollback",
    commit: null,
    turnBack: false,
    confirmed,
    onEvent: order.onEvent,
    inconclusive: order.inconclusive,
  });
}

/** The services whose variables and databases a rollback of these (null: of all) has looked at. */
export const goingBack = (at: Workplace, services: readonly string[] | null): readonly string[] =>
  Object.keys(at.fleet.services).filter((name) => services === null || services.includes(name));
