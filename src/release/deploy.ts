import type { BuildEvent } from "../artifacts/artifact.ts";
import type { OnEvent } from "../engine/events.ts";
import type { Inconclusive } from "../engine/execute.ts";
import type { ReleaseKind } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { GateResult } from "../gates/gate.ts";
import type { ProofEvent } from "../migrations/prove/ground.ts";
import { shortRevision } from "../plan/observed.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { isConfirmed } from "../plan/schema-way-back.ts";
import { problem, Refused } from "../problem.ts";
import { type MissingItem, missingApprovals, waitingRelease } from "./approval.ts";
import { carryOut } from "./carry-out.ts";
import { expectRunnable, type Gatekeeping, runGatekeeping } from "./gatekeeping.ts";
import { expectFree } from "./lease.ts";
import type { ReleaseDocument } from "./outcome.ts";
import type { ConfirmLosses } from "./plan-rollback.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { expectPromotable } from "./promotable.ts";
import { releaseId } from "./release-id.ts";
import { unconfirmed } from "./schema-back.ts";
import { tellWaiting } from "./tell.ts";
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
  ask: (plan: Plan, missing: readonly MissingItem[]) => Promise<void>;
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
  if (plan.steps.length === 0) return nothingToDo(plan);
  expectRunnable(prepared);
  const evidence = { ...prepared.evidence, ...(breakGlass === null ? {} : { breakGlass }) };
  const confirmed = await agreedLosses(plan, deployment.confirmLosses);
  const existing =
    environment.approval === null ? null : await waitingRelease(await at.store(), environment.name, plan);
  const release = existing?.id ?? releaseId(at.clock.now(), at.random);
  const missing = await missingApprovals(at, environment, plan);
  if (missing.length > 0) await deployment.ask(plan, missing);
  const still = await missingApprovals(at, environment, plan);
  if (still.length > 0) {
    await wait({ at, prepared, plan, release, kind, evidence, existing: existing !== null });
    const told = { at, plan, release, kind, commit: prepared.repository.head, evidence } as const;
    // Whoever asks again for a release that waits has heard that it does.
    if (existing === null)
      await tellWaiting(
        told,
        still.map(({ item, why }) => `${item.id}: ${item.text.en}: ${why}`),
      );
    return waiting({ plan, release, missing: still });
  }
  if (!(await deployment.confirm(plan)))
    throw new Refused([problem("not-confirmed", "not started: it was not confirmed")], 3);
  return carryOut({
    at,
    environment,
    configuration: prepared.configuration,
    plan,
    release,
    kind,
    commit: prepared.repository.head,
    evidence,
    existing,
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

type Waiting = Readonly<{ at: Workplace; prepared: Prepared; plan: Plan; release: string; existing: boolean }> &
  Readonly<{ kind: ReleaseKind; evidence: Prepared["evidence"] }>;

/** A release that waits has its record, so that it can be approved by name. */
async function wait({ at, prepared, plan, release, kind, evidence, existing }: Waiting): Promise<void> {
  if (existing) return;
  await (await at.store()).create({
    id: release,
    environment: plan.environment,
    kind,
    status: "awaiting-approval",
    commit: prepared.repository.head,
    by: at.by,
    createdAt: at.clock.now(),
    endedAt: null,
    plan,
    evidence,
  });
}

function waiting({
  plan,
  release,
  missing,
}: Readonly<{ plan: Plan; release: string; missing: readonly MissingItem[] }>): ReleaseDocument {
  return {
    ...nothingToDo(plan),
    release,
    status: "awaiting-approval",
    problems: missing.map(({ item, why }) =>
      problem(
        "approval-missing",
        `${item.id}: ${item.text.en}: ${why}`,
        `sampan approve ${release} --item ${item.id} --by NAME${item.evidence === "none" ? "" : " --evidence …"}`,
      ),
    ),
  };
}

const nothingToDo = (plan: Plan): ReleaseDocument => ({
  formatVersion: 1,
  release: null,
  environment: plan.environment,
  status: "verified",
  seconds: 0,
  services: plan.services.map(({ name, from, to }) => ({
    name,
    from: from === null ? null : shortRevision(from),
    to: to === null ? null : shortRevision(to),
    status: "unchanged",
    seconds: 0,
    gates: [],
  })),
  problems: [],
});
