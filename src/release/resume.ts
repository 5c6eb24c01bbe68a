import type { OnEvent } from "../engine/events.ts";
import type { Inconclusive } from "../engine/execute.ts";
import type { ReleaseRecord } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { GateResult } from "../gates/gate.ts";
import type { Step } from "../plan/plan.ts";
import { problem, Refused } from "../problem.ts";
import { carryOut } from "./carry-out.ts";
import { readConfiguration } from "./configuration.ts";
import { look } from "./look.ts";
import type { ReleaseDocument } from "./outcome.ts";
import { type ConfirmLosses, planRollback, remembering } from "./plan-rollback.ts";
import { releaseId } from "./release-id.ts";
import { goingBack } from "./roll-back.ts";
import type { Workplace } from "./workplace.ts";

export type Resumption = Readonly<{
  at: Workplace;
  environment: Environment;
  back: boolean;
  confirmLosses: ConfirmLosses;
  onEvent: OnEvent;
  inconclusive: (step: Step, gate: GateResult) => Promise<Inconclusive>;
}>;

/** The newest release of an environment that was begun and did not come to an end. */
export async function unfinished(at: Workplace, environment: string): Promise<ReleaseRecord | null> {
  const [newest] = (await (await at.store()).releases(environment, 20)).filter(
    ({ status, endedAt }) =>
      status !== "awaiting-approval" &&
      status !== "refused" &&
      // Carried out after it, another release has come in its place.
      !(status === "superseded" && endedAt !== null),
  );
  return newest !== undefined && ["running", "interrupted", "superseded", "halted"].includes(newest.status)
    ? newest
    : null;
}

/**
 * Goes on with a release from its journal; without one, `back` plans the return to what is verified from what is observed. Null:
 * there is nothing to go on with.
 */
export async function resume(resumption: Resumption): Promise<ReleaseDocument | null> {
  const { at, environment, back } = resumption;
  const release = await unfinished(at, environment.name);
  const names = Object.keys(at.fleet.services);
  const { confirmLosses, confirmed } = remembering(resumption.confirmLosses);
  const shared = { at, environment, onEvent: resumption.onEvent, inconclusive: resumption.inconclusive };
  if (release !== null) {
    if (back) await expectWayBack(at, release);
    // A release of some services has looked at nothing of the others.
    const concerned = release.plan.services.map(({ name }) => name);
    const read =
      release.kind === "rollback"
        ? goingBack(at, askedBack(release))
        : names.filter((name) => concerned.includes(name));
    const goesBack = back || release.kind === "rollback";
    const configuration = await readConfiguration(at, environment.name, read, goesBack ? "back" : "forth");
    return carryOut({
      ...shared,
      configuration,
      plan: release.plan,
      release: release.id,
      kind: release.kind,
      commit: release.commit,
      evidence: release.evidence,
      existing: release,
      turnBack: back,
      // Asked for nothing: what was named on the command line counts.
      confirmed: await confirmLosses([]),
    });
  }
  if (!back) return null;
  const configuration = await readConfiguration(at, environment.name, names, "back");
  const observed = await look(at, environment, configuration);
  const ways = Object.entries(observed.services).map(([service, { marks }]) => ({ service, mark: marks[0] ?? null }));
  const wish = { migrations: false, ways };
  const plan = await planRollback({ at, environment, configuration, observed, confirmLosses, ...wish });
  if (plan.steps.length === 0) return null;
  return carryOut({
    ...shared,
    configuration,
    plan,
    release: releaseId(at.clock.now(), at.random),
    kind: "rollback",
    commit: null,
    evidence: {},
    existing: null,
    turnBack: false,
    confirmed,
  });
}

/** The services that a rollback was asked for; null: all. */
function askedBack({ evidence }: ReleaseRecord): readonly string[] | null {
  const { services } = evidence;
  return Array.isArray(services) ? services.filter((name) => typeof name === "string") : null;
}

/** Migrations that are taken back stay so: what relied on them cannot be returned to. */
async function expectWayBack(at: Workplace, { id, plan, environment }: ReleaseRecord): Promise<void> {
  const records = await (await at.store()).journal(id);
  const begun = new Set(records.flatMap((record) => (record.kind === "intended" ? [record.step] : [])));
  const gone = plan.steps.filter(
    (step) => begun.has(step.id) && step.action.kind === "migrate" && step.action.direction === "down",
  );
  if (gone.length === 0) return;
  throw new Refused(
    gone.map(({ service }) =>
      problem(
        "schema-taken-back",
        `release ${id} has begun to take migrations of ${service} back: what ran before it would not find its schema`,
        `\`sampan resume ${environment}\` finishes it; to go forth again, deploy the newer commit`,
      ),
    ),
    3,
  );
}
