/** One of several deployers, in a process of its own: carries out whatever planned release is next, with the real lease, engine and store. Its target is its parent. */
import type { Driver } from "../../src/engine/driver.ts";
import { execute } from "../../src/engine/execute.ts";
import type { JournalRecord } from "../../src/engine/journal.ts";
import type { Store } from "../../src/engine/store.ts";
import { STALE_FENCE, StepFault } from "../../src/fault.ts";
import { systemClock } from "../../src/io/clock.ts";
import { sha256 } from "../../src/io/digest.ts";
import { systemRandom } from "../../src/io/random.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { EnvironmentHeld, holdLease } from "../../src/release/lease.ts";
import type { Workplace } from "../../src/release/workplace.ts";
import { desiredOf, serviceOf } from "../fleet-samples.ts";
import type { Answer, Asked, Told } from "./eight.ts";
import { teamStore } from "./team-store.ts";

const [url = "", releases = ""] = process.argv.slice(2);
const names = JSON.parse(releases) as readonly string[];
const ENVIRONMENT = "staging";

const tell = (told: Told): void => void process.send?.(told);
const answers = new Map<number, (answer: Answer) => void>();
process.on("message", ({ nth, answer }: { nth: number; answer: Answer }) => answers.get(nth)?.(answer));
let asked = 0;
const ask = (question: Asked): Promise<Answer> =>
  new Promise((resolve) => {
    asked += 1;
    answers.set(asked, resolve);
    process.send?.({ kind: "ask", nth: asked, question });
  });

const plan = makePlan(
  desiredOf([serviceOf("auth", "one"), serviceOf("blog", "one", { needs: ["auth"] }), serviceOf("mail", "one")]),
  { environment: ENVIRONMENT, services: {} },
  sha256,
);

const driverWith = (fence: number): Driver => ({
  perform: async ({ id, action }) => {
    if (action.kind === "gate") {
      const { kind } = action.gate;
      return { gate: { kind, verdict: "passed", evidence: "fine", detail: [], took: 1 } };
    }
    if ((await ask({ kind: "act", fence, operation: id })) === "stale")
      throw new StepFault({ code: STALE_FENCE, message: "a newer deployer is at work" });
    return action.kind === "bring" ? { handles: [`${id}#1`] } : {};
  },
  probe: async ({ id, action }) => {
    if (action.kind === "gate" || (await ask({ kind: "find", operation: id })) !== "there") return null;
    return action.kind === "bring" ? { handles: [`${id}#1`] } : {};
  },
  find: async (id) => ((await ask({ kind: "find", operation: id })) === "there" ? [`${id}#1`] : []),
});

/** Says of each record when it is asked for and when it is acknowledged, with those before it that were to come with it. */
function appending(store: Store, release: string): (record: JournalRecord, durable?: boolean) => Promise<void> {
  let waiting: string[] = [];
  return async (record, durable = true) => {
    const text = JSON.stringify(record);
    tell({ kind: "appending", release, text });
    waiting.push(text);
    const texts = durable ? waiting : [];
    if (durable) waiting = [];
    await store.append(release, record, durable);
    if (durable) tell({ kind: "acknowledged", release, texts });
  };
}

async function carryOut(store: Store, release: string, lost: AbortSignal): Promise<void> {
  const known = await store.find(release);
  const records = known === null ? [] : await store.journal(release);
  const fence = (await ask({ kind: "claim" })) as number;
  const at = systemClock.now();
  if (known === null) {
    await store.create({
      id: release,
      environment: ENVIRONMENT,
      kind: "deploy",
      status: "running",
      commit: null,
      by: `${process.pid}`,
      createdAt: at,
      endedAt: null,
      plan,
      evidence: {},
    });
  }
  const append = appending(store, release);
  await append({ kind: "claimed", at, fence, owner: `${process.pid}` });
  const status = await execute({
    plan,
    release,
    records,
    driver: driverWith(fence),
    append,
    clock: systemClock,
    stop: new AbortController().signal,
    lost,
    turnBack: false,
    inconclusive: async () => "halt",
    onEvent: () => undefined,
  });
  if (status !== "superseded") await store.update(release, { status, endedAt: systemClock.now() });
}

async function work(store: Store): Promise<"through" | "again"> {
  const at = { by: `${process.pid}`, clock: systemClock, random: systemRandom } as unknown as Workplace;
  const lease = await holdLease(at, store, { environment: ENVIRONMENT, doing: "deploy" });
  tell({ kind: "holds" });
  try {
    for (const name of names) {
      if ((await store.find(name))?.status === "verified") continue;
      await carryOut(store, name, lease.lost);
      return "again";
    }
    return "through";
  } finally {
    tell({ kind: "lets-go" });
    await lease.giveBack();
  }
}

for (let store: Store | null = null; ; ) {
  try {
    store ??= await teamStore(url);
    if ((await work(store)) === "through") break;
  } catch (error) {
    if (!(error instanceof EnvironmentHeld))
      tell({ kind: "fault", said: `${(error as Error).name}: ${(error as Error).message}` });
  }
  await systemClock.sleep(5 + 30 * systemRandom.fraction());
}
process.exit(0);
