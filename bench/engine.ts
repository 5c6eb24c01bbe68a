import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { execute } from "../src/engine/execute.ts";
import type { JournalRecord } from "../src/engine/journal.ts";
import { openSqliteStore } from "../src/engine/sqlite/sqlite-store.ts";
import type { ServiceSpec } from "../src/fleet/fleet.ts";
import { systemClock } from "../src/io/clock.ts";
import { sha256 } from "../src/io/digest.ts";
import { makePlan } from "../src/plan/make-plan.ts";
import type { Plan } from "../src/plan/plan.ts";
import { targetDriver } from "../src/release/driver.ts";
import { memoryTarget } from "../src/targets/memory/memory-target.ts";
import { emptyWorld } from "../src/targets/memory/world.ts";
import { deployedOf, stageFor } from "../test/fleet-samples.ts";
import { type Measured, median, type Options, round } from "./figure.ts";
import { largeFleet } from "./large-fleet.ts";

const RELEASE = "20261123-141702-3f9a";
/** bring, up, health, smoke, logs, shift, retire, mark. */
const STEPS_OF_A_SERVICE = 8;

type Run = Readonly<{ steps: number; records: number; run: number; bare: number; own: number }>;

/**
 * The engine over a target in memory, journal on disk. Right after each record of its own it is written once more, bare: by one
 * prepared statement into a database of the same making. What a disk does to one it does to the other; the engine's own time is
 * that of the run less twice that of the bare appends: once because they are no part of it, once because it needs them.
 */
export async function measureEngine({ quick, say }: Options): Promise<Measured> {
  const plan = updatePlan(quick ? 125 : 1_250);
  const runs: Run[] = [];
  for (let number = 0; number < (quick ? 2 : 5); number += 1) {
    const folder = mkdtempSync(join(tmpdir(), "sampan-bench-engine-"));
    try {
      const run = await engineRun(plan, folder);
      runs.push(run);
      say(
        `${run.steps} steps, ${run.records} records: ${run.run} ms, of it ${run.bare} ms of bare appends; own ${run.own} ms a step`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return {
    bench: "engine",
    figures: [
      {
        what: `its own time a step, ${plan.steps.length} steps`,
        value: round(median(runs.map(({ own }) => own)), 3),
        unit: "ms",
        bound: 1,
      },
      {
        what: "a bare durable append",
        value: round(median(runs.map(({ bare, records }) => bare / records)), 3),
        unit: "ms",
        bound: null,
      },
    ],
    detail: { runs },
  };
}

/** Every service of a fleet of many layers changes. */
function updatePlan(services: number): Plan {
  const size = { services, dependencies: services * 5 };
  const spec: Pick<ServiceSpec, "smoke"> = { smoke: { kind: "checks", checks: [], retries: 0, every: 0 } };
  const version = (name: string) => {
    const desired = largeFleet(size, "layered", name);
    return { ...desired, services: desired.services.map((one) => ({ ...one, spec: { ...one.spec, ...spec } })) };
  };
  const plan = makePlan(version("2"), deployedOf(version("1")), sha256);
  if (plan.steps.length !== services * STEPS_OF_A_SERVICE) throw new Error(`the plan has ${plan.steps.length} steps`);
  return plan;
}

async function engineRun(plan: Plan, folder: string): Promise<Run> {
  const store = await openSqliteStore(folder);
  const bare = bareAppends(join(folder, "bare.db"));
  const never = new AbortController().signal;
  const world = emptyWorld();
  stageFor(world, plan);
  const target = memoryTarget({ world, environment: plan.environment, clock: systemClock, script: () => {} });
  const fence = await target.claim("bench", { signal: never });
  const driver = targetDriver({
    composeConfig: async () => "{}",
    target,
    release: RELEASE,
    fence,
    runGate: async ({ gate: { kind } }) => ({ kind, verdict: "passed", evidence: "simulated", detail: [], took: 0 }),
    migrate: async () => {},
    migrated: async () => true,
    log: () => {},
  });
  const from = performance.now();
  const status = await execute({
    plan,
    release: RELEASE,
    records: [],
    driver,
    append: async (record, durable) => {
      await store.append(RELEASE, record, durable);
      bare.append(record, durable);
    },
    clock: systemClock,
    stop: never,
    lost: never,
    turnBack: false,
    inconclusive: async () => "halt",
    onEvent: () => {},
  });
  const ms = performance.now() - from - bare.prepared();
  if (status !== "verified") throw new Error(`the simulated release ended ${status}`);
  const records = (await store.journal(RELEASE)).length;
  await store.close();
  const appends = bare.close();
  const own = (ms - 2 * appends) / plan.steps.length;
  return { steps: plan.steps.length, records, run: round(ms), bare: round(appends), own: round(own, 3) };
}

/** One prepared statement, one commit for each that is durable, no more. Making a row's text is not counted as appending it. */
function bareAppends(file: string) {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  database.exec(
    "create table journal (release text not null, seq integer not null, record_json text not null, sum text not null, primary key (release, seq))",
  );
  const insert = database.prepare("insert into journal (release, seq, record_json, sum) values (?, ?, ?, ?)");
  const rows: [string, number, string, string][] = [];
  let seq = 0;
  let preparing = 0;
  let appending = 0;
  return {
    append: (record: JournalRecord, durable: boolean): void => {
      const from = performance.now();
      seq += 1;
      rows.push([RELEASE, seq, JSON.stringify(record), sha256(String(seq))]);
      const ready = performance.now();
      if (durable) {
        database.exec("BEGIN");
        for (const row of rows.splice(0)) insert.run(...row);
        database.exec("COMMIT");
      }
      preparing += ready - from;
      appending += performance.now() - ready;
    },
    prepared: () => preparing,
    close: () => {
      database.close();
      return appending;
    },
  };
}
