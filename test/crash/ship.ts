import type { Driver } from "../../src/engine/driver.ts";
import { execute, type Run } from "../../src/engine/execute.ts";
import type { EndStatus, JournalRecord } from "../../src/engine/journal.ts";
import type { GateResult } from "../../src/gates/gate.ts";
import type { Clock } from "../../src/io/clock.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { type GateCall, targetDriver } from "../../src/release/driver.ts";
import { memoryTarget } from "../../src/targets/memory/memory-target.ts";
import type { Moment, World } from "../../src/targets/memory/world.ts";
import type { InstancesTarget } from "../../src/targets/target.ts";
import { stageFor } from "../fleet-samples.ts";

/** What outlives a deployer: the host, the databases, the journal on disk. */
export type Sea = Readonly<{
  world: World;
  /** Migrations that the databases hold, each with how often it was applied. */
  databases: Map<string, number>;
  /** The journal as a machine finds it after power came back. */
  disk: JournalRecord[];
}>;

/** Bugs that can be planted where a deployer meets the world; each wraps the real thing. */
export type Planted = Readonly<{
  driver?: (driver: Driver, sea: Sea) => Driver;
  target?: (target: InstancesTarget, sea: Sea) => InstancesTarget;
  append?: (append: Run["append"], sea: Sea) => Run["append"];
  records?: (records: readonly JournalRecord[]) => readonly JournalRecord[];
  gate?: (result: GateResult) => GateResult;
}>;

export type Voyage = Readonly<{
  sea: Sea;
  plan: Plan;
  release: string;
  /** Called at every point where a process can die; dies there when it returns true. */
  point: (name: string) => boolean;
  judge: (call: GateCall) => GateResult["verdict"];
  planted: Planted;
  /** Called before and after each effect; what it throws is what the target answers, whatever became of the effect. */
  weather?: (moment: Moment) => void;
  turnBack?: boolean;
  onLanded?: () => void;
}>;

/** Time that stands still for sleeps: a simulated run waits for nothing. */
const instant: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} };

/** `crashed`: the deployer died at its point; nothing of it acts after that. */
export async function sail(voyage: Voyage): Promise<EndStatus | "crashed"> {
  const { sea, plan, release, point, planted } = voyage;
  let dead = false;
  let drown: () => void = () => {};
  const drowned = new Promise<"crashed">((resolve) => {
    drown = () => resolve("crashed");
  });
  /** A dead process does nothing more, and nobody hears of it. */
  const here = async (name: string): Promise<void> => {
    if (!dead && point(name)) {
      dead = true;
      drown();
    }
    if (dead) await new Promise<never>(() => {});
  };

  const script = async (moment: Moment) => {
    const { verb, service, when } = moment;
    if (when === "after") voyage.onLanded?.();
    await here(`${verb} ${service} ${when}`);
    voyage.weather?.(moment);
  };
  const bare = memoryTarget({ world: sea.world, environment: "staging", clock: instant, script });
  const target = planted.target?.(bare, sea) ?? bare;
  const signal = new AbortController().signal;
  stageFor(sea.world, plan);
  const fence = await target.claim("simulated", { signal });
  const migration = (service: string, name: string): string => `${service}/${name}`;
  const real = targetDriver({
    composeConfig: async () => "{}",
    target,
    release,
    fence,
    runGate: async (call) => {
      const { gate } = call;
      const result: GateResult = {
        kind: gate.kind,
        verdict: voyage.judge(call),
        evidence: "simulated",
        detail: [],
        took: 0,
      };
      return planted.gate?.(result) ?? result;
    },
    // A database keeps its own record in the same transaction: applied once, whoever asks again.
    migrate: async ({ service, action }) => {
      await here(`migrate ${service} before`);
      for (const { name } of action.files) {
        const key = migration(service, name);
        if (!sea.databases.has(key)) sea.databases.set(key, 1);
      }
      await here(`migrate ${service} after`);
    },
    migrated: async ({ service, action }) =>
      action.files.every(({ name }) => sea.databases.has(migration(service, name))),
    log: () => {},
  });
  /** Dies with the deployer. */
  const unwritten: JournalRecord[] = [];
  const write = async (record: JournalRecord, durable: boolean): Promise<void> => {
    const name = `journal ${record.kind} ${"step" in record ? record.step : ""}`;
    await here(`${name} before`);
    unwritten.push(structuredClone(record));
    if (durable) sea.disk.push(...unwritten.splice(0));
    await here(`${name} after`);
  };
  const records = structuredClone(sea.disk);
  const run = execute({
    plan,
    release,
    records: planted.records?.(records) ?? records,
    driver: planted.driver?.(real, sea) ?? real,
    append: planted.append?.(write, sea) ?? write,
    clock: instant,
    stop: signal,
    lost: signal,
    turnBack: voyage.turnBack ?? false,
    inconclusive: async () => "halt",
    onEvent: () => {},
  });
  return Promise.race([run, drowned]);
}
