import { committedAt } from "../artifacts/git/committed-at.ts";
import type { OnEvent } from "../engine/events.ts";
import { execute, type Inconclusive } from "../engine/execute.ts";
import type { EndStatus, FaultRecord, JournalRecord } from "../engine/journal.ts";
import type { ReleaseKind, ReleaseRecord, Store } from "../engine/store.ts";
import { StepFault } from "../fault.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { GateResult } from "../gates/gate.ts";
import { runGate } from "../gates/run-gate.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import type { Cx, Fence } from "../targets/target.ts";
import type { Mask } from "../variables/mask.ts";
import type { Configuration } from "./configuration.ts";
import { targetDriver } from "./driver.ts";
import { expectNobodyElse, expectNoDrift } from "./expect-no-drift.ts";
import { expectProvenSchema } from "./expect-proven-schema.ts";
import { holdLease } from "./lease.ts";
import { look } from "./look.ts";
import { maskOf } from "./mask-of.ts";
import { migrationsOf } from "./migrate.ts";
import { outcomeOf, type ReleaseDocument } from "./outcome.ts";
import { sideBySide } from "./side-by-side.ts";
import { stageAll } from "./stage-all.ts";
import { tellOf } from "./tell.ts";
import { tidy } from "./tidy.ts";
import type { Workplace } from "./workplace.ts";

export type Order = Readonly<{
  at: Workplace;
  environment: Environment;
  configuration: Configuration;
  plan: Plan;
  release: string;
  kind: ReleaseKind;
  commit: string | null;
  evidence: Readonly<Record<string, unknown>>;
  /** A release that exists already: approved and waiting, or cut off. Null: a new one. */
  existing: ReleaseRecord | null;
  turnBack: boolean;
  /** Tables, or migrations, whose data a person has agreed to lose. */
  confirmed: readonly string[];
  onEvent: OnEvent;
  inconclusive: (step: Step, gate: GateResult) => Promise<Inconclusive>;
}>;

/**
 * Carries out a plan, from claim to outcome: the same for a deployment, a rollback and a resumption.
 * @throws EnvironmentHeld, or Refused when what the plan expects has drifted.
 */
export const carryOut = (order: Order): Promise<ReleaseDocument> => tellOf(order, (begun) => carriedOut(order, begun));

async function carriedOut(order: Order, tellBegun: () => void): Promise<ReleaseDocument> {
  const { at, environment, plan, release } = order;
  const store = await at.store();
  const began = at.clock.monotonic();
  const lease = await holdLease(at, store, { environment: environment.name, doing: `${order.kind} ${release}` });
  try {
    const target = at.target(environment);
    const past = order.existing === null ? [] : await store.journal(release);
    const begun = past.some(({ kind }) => kind === "intended");
    const expectItFits = async (): Promise<void> => {
      if (begun) expectNobodyElse(order, await target.observe({ signal: at.signal }));
      else expectNoDrift(plan, await look(at, environment, order.configuration));
    };
    // A claim ends the work of whoever is there: who is to be refused must not make one. What they did until then is seen after it.
    await expectItFits();
    const fence = await target.claim(`${at.by} pid ${process.pid}`, { signal: at.signal });
    await expectItFits();
    await note(store, order);
    await store.append(release, { kind: "claimed", at: at.clock.now(), fence, owner: at.by });
    const staging = cxOf(order, fence, "stage");
    const ready = async (): Promise<void> => {
      await stageAll(order, target, staging);
      await expectProvenSchema({ ...order, records: past, signal: at.signal });
    };
    const [, hide] = await sideBySide([
      ready().catch(async (error: unknown) => {
        const refused = { status: "refused", endedAt: at.clock.now() } as const;
        if (error instanceof Refused && !begun) await store.update(release, refused);
        throw error;
      }),
      // What is being staged is configured: its secrets are known either way.
      maskOf(order.configuration, { plan, target, cx: staging }),
    ]);
    // Whoever hears of a beginning hears of an end: what is refused until here has not begun.
    if (!begun) tellBegun();
    const mask = maskRecord(hide);
    const log = (line: string): void => at.log(hide(line));
    const run = migrationsOf({
      at: { ...at, log },
      environment,
      configuration: order.configuration,
      release,
      fence,
      confirmed: order.confirmed,
    });
    const written: JournalRecord[] = [...past];
    const running = execute({
      plan,
      release,
      records: past,
      driver: targetDriver({
        target,
        release,
        fence,
        log,
        ...run,
        composeConfig: async () => (await at.compose(environment))?.text ?? "{}",
        runGate: (call, signal) =>
          runGate(
            call.gate,
            {
              service: call.service,
              release,
              revision: call.revision,
              instances: call.instances,
              baseline: call.baseline,
              target,
              entrance: target.entrance(),
              root: at.fleet.root,
              committed: committedAt({ folder: at.fleet.root, signal }, call.revision.commit),
              files: () =>
                at
                  .artifacts(environment)
                  .files({ service: call.service, source: sourceOf(plan, call.service), signal }),
            },
            { clock: at.clock, signal, mask: hide, log },
          ),
      }),
      append: (record, durable) => {
        const masked = mask(record);
        written.push(masked);
        return store.append(release, masked, durable);
      },
      clock: at.clock,
      stop: at.signal,
      lost: lease.lost,
      turnBack: order.turnBack,
      inconclusive: order.inconclusive,
      onEvent: (event) =>
        order.onEvent(
          event.kind === "step-failed" || event.kind === "step-retried"
            ? { ...event, fault: maskFault(hide, event.fault) }
            : event,
        ),
    });
    const { status, problems } = await ended(order, { store, fence }, running);
    if (status === "verified") await tidy({ at, target, cx: cxOf(order, fence, "tidy") });
    // A store that is away is why it halted: what was to be written there tells as well how far it came.
    const records = await store.journal(release).catch((error: unknown) => {
      if (status === "halted" && problems.length > 0) return written;
      throw error;
    });
    const outcome = outcomeOf({
      plan,
      release,
      status,
      records,
      evidence: order.evidence,
      took: at.clock.monotonic() - began,
    });
    return { ...outcome, problems: [...outcome.problems, ...problems] };
  } finally {
    await lease.giveBack();
  }
}

/** A journal that cannot be written stops a release wherever it is: halted, and what is written already is enough to go on. */
async function ended(
  { at, environment, release }: Order,
  { store, fence }: Readonly<{ store: Store; fence: Fence }>,
  running: Promise<EndStatus>,
): Promise<{ status: EndStatus; problems: readonly Problem[] }> {
  try {
    const status = await running;
    if (status === "superseded" && !(await isLastClaim(store, release, fence))) return { status, problems: [] };
    // Whoever came instead may have written down when that was.
    const endedAt = status === "superseded" ? {} : { endedAt: status === "interrupted" ? null : at.clock.now() };
    await store.update(release, { status, ...endedAt });
    return { status, problems: [] };
  } catch (error) {
    if (!(error instanceof StepFault)) throw error;
    const hint = `put that right; then \`sampan resume ${environment.name}\` goes on, --back returns`;
    return { status: "halted", problems: [problem(error.code, error.message, hint)] };
  }
}

/** Whoever resumed this very release says how it ended. */
const isLastClaim = async (store: Store, release: string, fence: Fence): Promise<boolean> =>
  (await store.journal(release)).findLast((record) => record.kind === "claimed")?.fence === fence;

/** The release's record, before its first effect. */
async function note(store: Store, order: Order): Promise<void> {
  const { at, release } = order;
  // What was cut off before this one is planned anew from what it left: its own journal is of no more use.
  for (const other of await store.releases(order.environment.name, 20)) {
    if (other.id !== release && (other.status === "running" || other.status === "interrupted")) {
      await store.update(other.id, { status: "superseded", endedAt: at.clock.now() });
    }
  }
  if (order.existing !== null) {
    await store.update(release, { status: "running", endedAt: null });
    return;
  }
  await store.create({
    id: release,
    environment: order.environment.name,
    kind: order.kind,
    status: "running",
    commit: order.commit,
    by: at.by,
    createdAt: at.clock.now(),
    endedAt: null,
    plan: order.plan,
    evidence: order.evidence,
  });
}

const cxOf = ({ at, release }: Order, fence: Fence, step: string): Cx => ({
  operationId: `${release}/${step}/1`,
  release,
  fence,
  signal: at.signal,
  log: at.log,
});

/** Where a service's new artifact lies: smoke commands run there. */
function sourceOf(plan: Plan, service: string): string {
  for (const { action, service: owner } of plan.steps) {
    if (owner === service && (action.kind === "bring" || action.kind === "mark")) return action.source;
  }
  return "/";
}

/** Faults quote what services and databases said; no secret gets into the journal with it. */
function maskRecord(mask: Mask): (record: JournalRecord) => JournalRecord {
  return (record) =>
    record.kind === "failed"
      ? {
          ...record,
          fault: {
            code: record.fault.code,
            message: mask(record.fault.message),
            evidence: mask(record.fault.evidence),
          },
        }
      : record.kind === "turned"
        ? { ...record, cause: mask(record.cause) }
        : record;
}

const maskFault = (mask: Mask, fault: FaultRecord): FaultRecord => ({
  code: fault.code,
  message: mask(fault.message),
  evidence: mask(fault.evidence),
});
