import type { BuildEvent } from "../artifacts/artifact.ts";
import type { OnEvent } from "../engine/events.ts";
import type { Inconclusive } from "../engine/execute.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { GateResult } from "../gates/gate.ts";
import type { ProofEvent } from "../migrations/prove/ground.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { isConfirmed } from "../plan/schema-way-back.ts";
import { problem, Refused } from "../problem.ts";
import { checklistOf } from "./approval.ts";
import { type AwaitingApproval, awaitApproval } from "./await-approval.ts";
import { carryOut } from "./carry-out.ts";
import { expectRunnable, type Gatekeeping, runGatekeeping } from "./gatekeeping.ts";
import { expectFree } from "./lease.ts";
import type { ReleaseDocument } from "./outcome.ts";
import type { ConfirmLosses } from "./plan-rollback.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { expectPromotable } from "./promotable.ts";
import { unconfirmed } from "./schema-back.ts";
import { unchangedDocument } from "./unchanged-document.ts";
import type { Workplace } from "./workplace.ts";

export type Deployment = Readonly<{
  at: Workplace;
  environment: Environment;
  services: readonly string[] | null;
  /** The environment whose verified artifacts are promoted, and nothing else; null: this commit's are deployed. */
  from: Environment | null;
  /** Why a person sets the rules of time and place aside; null: nobody does. */
  breakGlass: string | null;
  /** A plan from a file, to be carried out as it is. */
  given: Plan | null;
  /** Shows the plan before anything is done; false: the person says no. */
  confirm: (plan: Plan) => Promise<boolean>;
  /** Asks for what is missing of a checklist; records confirmations. Does nothing where nobody can be asked. */
  ask: AwaitingApproval["ask"];
  confirmLosses: ConfirmLosses;
  onBuild: (event: BuildEvent) => void;
  onCheck: Gatekeeping["onCheck"];
  onProof: (event: ProofEvent) => void;
  /** Tables whose loss is accepted by name. */
  acceptLoss: readonly string[];
  onEvent: OnEvent;
  inconclusive: (step: Step, gate: GateResult) => Promise<Inconclusive>;
}>;

/** Milliseconds that a remote may take until the branch check gives up on it. */
export const REMOTE_PATIENCE = 10_000;

/** Check, build, plan, approve, carry out. */
export async function deploy(deployment: Deployment): Promise<ReleaseDocument> {
  const { at, environment, from, given, breakGlass } = deployment;
  if (from !== null) expectPromotable(from, environment);
  const kind = from === null ? "deploy" : "promote";
  // Said now, not after minutes of tests and builds.
  await expectFree(await at.store(), environment.name);
  const prepared = await prepare({
    at,
    environment,
    services: deployment.services ?? (given === null ? null : askedOf(given)),
    from,
    fetch: REMOTE_PATIENCE,
    check: (facts) =>
      runGatekeeping({
        ...{ at, environment, facts, breakGlass, onCheck: deployment.onCheck },
        build: false,
        promotes: from !== null,
      }),
    build: deployment.onBuild,
    prove: deployment.onProof,
    proving: { acceptLoss: deployment.acceptLoss },
  });
  const plan = given ?? prepared.plan;
  if (given !== null) expectSame(given, prepared);
  if (plan.steps.length === 0) return unchangedDocument(plan);
  expectRunnable(prepared);
  const evidence = {
    ...prepared.evidence,
    ...(breakGlass === null ? {} : { breakGlass }),
    ...(from === null ? {} : { from: from.name }),
  };
  const confirmed = await agreedLosses(plan, deployment.confirmLosses);
  const answer = await awaitApproval({
    at,
    environment,
    plan,
    evidence,
    checklist: await checklistOf(at, environment),
    kind,
    commit: prepared.repository.head,
    ask: deployment.ask,
    confirm: deployment.confirm,
  });
  if ("waits" in answer) return answer.waits;
  return carryOut({
    at,
    environment,
    configuration: prepared.configuration,
    plan,
    ...answer.approved,
    kind,
    commit: prepared.repository.head,
    turnBack: false,
    confirmed,
    onEvent: deployment.onEvent,
    inconclusive: deployment.inconclusive,
  });
}

/**
 * Where it was proven that there is no way back without a loss, the release needs the agreement before it begins: afterwards it would be a choice
 * between an outage and the data.
 */
async function agreedLosses(plan: Plan, ask: ConfirmLosses): Promise<readonly string[]> {
  const losses = plan.steps.flatMap(({ service, action }) =>
    action.kind !== "migrate"
      ? []
      : action.files.flatMap(({ name, rollback }) =>
          rollback === null || typeof rollback === "string"
            ? []
            : rollback.noWayBack.map((loss) => ({ ...loss, service, name })),
        ),
  );
  const confirmed = await ask(losses);
  const open = losses.filter(({ table, name }) => !isConfirmed(table, name, confirmed));
  if (open.length > 0) throw new Refused([...new Map(open.map((loss) => [loss.table, unconfirmed(loss)])).values()], 3);
  return confirmed;
}

/** The services that a plan was made for: only one for the whole fleet takes services away. */
const askedOf = ({ services }: Plan): readonly string[] | null =>
  services.some(({ change }) => change === "remove") ? null : services.map(({ name }) => name);

/** The plan in the file is what would be planned now, to the letter; else something has drifted since. */
function expectSame(given: Plan, prepared: Prepared): void {
  if (given.id === prepared.plan.id) return;
  const why =
    given.expects !== prepared.plan.expects
      ? "what runs there has changed since it was made"
      : "the commit, the variables or the fleet file have changed since it was made";
  throw new Refused(
    [
      problem(
        "plan-drifted",
        `plan ${given.id.slice(0, 12)} cannot be carried out: ${why}`,
        `plan again: \`sampan plan ${given.environment} --out FILE\``,
      ),
    ],
    3,
  );
}
