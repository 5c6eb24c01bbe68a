import type { OnEvent } from "../engine/events.ts";
import type { Inconclusive } from "../engine/execute.ts";
import type { ReleaseRecord } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { GateResult } from "../gates/gate.ts";
import type { Step } from "../plan/plan.ts";
import { carryOut } from "./carry-out.ts";
import { readConfiguration } from "./configuration.ts";
import { look } from "./look.ts";
import type { ReleaseDocument } from "./outcome.ts";
import { planRollback } from "./plan-rollback.ts";
import { releaseId } from "./release-id.ts";
import type { Workplace } from "./workplace.ts";

export type Resumption = Readonly<{
  at: Workplace;
  environment: Environment;
  back: boolean;
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
  const shared = { at, environment, onEvent: resumption.onEvent, inconclusive: resumption.inconclusive };
  if (release !== null) {
    const configuration = await readConfiguration(at, environment.name, names);
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
    });
  }
  if (!back) return null;
  const configuration = await readConfiguration(at, environment.name, names);
  const observed = await look(at, environment, configuration);
  const ways = Object.entries(observed.services).map(([service, { marks }]) => ({ service, mark: marks[0] ?? null }));
  const plan = await planRollback({ at, environment, observed, services: null, to: null, migrations: false, ways });
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
  });
}
