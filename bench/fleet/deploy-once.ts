import type { JournalRecord } from "../../src/engine/journal.ts";
import type { Plan, Step } from "../../src/plan/plan.ts";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import type { BenchFleet } from "./bench-fleet.ts";

/** One deployment; all times in milliseconds. */
export type Deployment = Readonly<{
  /** From the start of `sampan deploy` to its end. */
  wall: number;
  /** From there to the claim: reading, checks, plan. */
  before: number;
  /** From the claim to the end of the journal. */
  engine: number;
  /** From there to the end of the command: tidying up. */
  after: number;
  /** The engine's time along the steps that it could not have done without, by kind; `between`: from one step to the next. */
  way: Readonly<Record<string, number>>;
}>;

export async function deployOnce({ sampan, withStore }: BenchFleet): Promise<Deployment> {
  const from = Date.now();
  const { stdout, ms } = await sampan("deploy", "staging", "--json");
  const { release, status } = JSON.parse(stdout) as ReleaseDocument;
  if (release === null || status !== "verified")
    throw new Error(`expected a verified release: ${stdout.slice(0, 2000)}`);
  return await withStore(async (store) => {
    const records = await store.journal(release);
    const plan = (await store.find(release))?.plan;
    if (plan === undefined) throw new Error(`${release} is not in the store`);
    const [claimed, ended] = ["claimed", "ended"].map(
      (kind) => records.find((record) => record.kind === kind)?.at ?? 0,
    );
    if (claimed === undefined || ended === undefined) throw new Error(`${release} has no end`);
    return {
      wall: ms,
      before: claimed - from,
      engine: ended - claimed,
      after: ms - (ended - from),
      way: longestWay(plan, records, claimed),
    };
  });
}

/** From the last step back to the first: before each step stands the one that it waited for longest. */
function longestWay(plan: Plan, records: readonly JournalRecord[], claimed: number): Readonly<Record<string, number>> {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const began = new Map<string, number>();
  const done = new Map<string, number>();
  for (const record of records) {
    if (record.kind === "intended") began.set(record.step, record.at);
    if (record.kind === "done") done.set(record.step, record.at);
  }
  const latest = (ids: Iterable<string>): Step | undefined =>
    [...ids]
      .sort((a, b) => (done.get(b) ?? 0) - (done.get(a) ?? 0))
      .map((id) => steps.get(id))
      .find((step) => step !== undefined);
  const way: Record<string, number> = {};
  const add = (what: string, ms: number): void => {
    way[what] = (way[what] ?? 0) + ms;
  };
  for (let step = latest(done.keys()); step !== undefined; step = latest(step.after)) {
    const start = began.get(step.id) ?? 0;
    add(step.action.kind === "gate" ? step.action.gate.kind : step.action.kind, (done.get(step.id) ?? 0) - start);
    const before = latest(step.after);
    add("between", start - (before === undefined ? claimed : (done.get(before.id) ?? 0)));
  }
  return way;
}
