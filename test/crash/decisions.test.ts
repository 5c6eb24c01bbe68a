import { describe, expect, it } from "vitest";
import { execute, type Run } from "../../src/engine/execute.ts";
import type { EndStatus, JournalRecord } from "../../src/engine/journal.ts";
import { StepFault } from "../../src/fault.ts";
import { sha256 } from "../../src/io/digest.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { type GateCall, targetDriver } from "../../src/release/driver.ts";
import { memoryTarget } from "../../src/targets/memory/memory-target.ts";
import { desiredOf, serviceOf, specOf, stageFor } from "../fleet-samples.ts";
import { allPass, harbour } from "./harbour.ts";
import { violations } from "./oracle.ts";
import { sail, type Voyage } from "./ship.ts";

const nowhere = () => false;
const never = new AbortController().signal;
const still = { now: () => 0, monotonic: () => 0, sleep: async () => {} };

/** Dies when a point of this name comes. */
const dyingAt = (name: string): Voyage["point"] => {
  let died = false;
  return (point) => {
    if (died || point !== name) return false;
    died = true;
    return true;
  };
};

const failing =
  (service: string, kind: string, verdict: "failed" | "inconclusive" = "failed"): Voyage["judge"] =>
  (call: GateCall) =>
    call.service === service && call.gate.kind === kind ? verdict : "passed";

describe("a person's decision to go back", () => {
  it("holds for the whole release, though one service of it went back by itself before", async () => {
    const { sea, plan, release, scenario } = await harbour({ onFailure: "service", concurrency: 1 });
    const first = await sail({
      sea,
      plan,
      release,
      point: dyingAt("bring points before"),
      judge: failing("content", "health"),
      planted: {},
    });
    expect(first).toBe("crashed");
    expect(sea.disk.some((entry) => entry.kind === "turned" && entry.first === "content")).toBe(true);
    const status = await sail({ sea, plan, release, point: nowhere, judge: allPass, planted: {}, turnBack: true });
    expect(status).toBe("rolled-back");
    expect(violations({ status, world: sea.world, scenario, databases: sea.databases })).toEqual([]);
  });

  it("undoes each step once, though a halt was taking some of them back already", async () => {
    const { sea, plan, release, scenario } = await harbour({ groups: "one-by-one" });
    const judge = failing("content", "logs", "inconclusive");
    const first = await sail({ sea, plan, release, point: dyingAt("retire content before"), judge, planted: {} });
    expect(first).toBe("crashed");
    const undos: string[] = [];
    const status = await sail({
      sea,
      plan,
      release,
      point: nowhere,
      judge,
      planted: {
        driver: (driver) => ({
          ...driver,
          perform: async (operation, signal) => {
            if (operation.way === "undo") undos.push(operation.id);
            return driver.perform(operation, signal);
          },
        }),
      },
      turnBack: true,
    });
    expect(undos).toEqual([...new Set(undos)]);
    expect(status).toBe("rolled-back");
    expect(violations({ status, world: sea.world, scenario, databases: sea.databases })).toEqual([]);
  });
});

describe("a deployer that dies between a failure and the decision about it", () => {
  it("decides when it is resumed, though another service was decided on before", async () => {
    const { sea, plan, release } = await harbour({ onFailure: "service", concurrency: 1 });
    let decisions = 0;
    const judge: Voyage["judge"] = ({ service, gate }) =>
      (service === "content" || service === "points") && gate.kind === "health" ? "failed" : "passed";
    const point: Voyage["point"] = (name) =>
      name.startsWith("journal turned") && name.endsWith("before") && ++decisions === 2;
    expect(await sail({ sea, plan, release, point, judge, planted: {} })).toBe("crashed");
    const status = await sail({ sea, plan, release, point: nowhere, judge: allPass, planted: {} });
    expect(status).toBe("rolled-back");
    const turned = sea.disk.flatMap((entry) => (entry.kind === "turned" ? [entry.first] : []));
    expect(turned).toEqual(["content", "points"]);
    expect(sea.world.marks.get("points")?.[0]?.release).toBe("r1");
  });
});

describe("a deployer that is told to stop", () => {
  const simulated = async (over: Partial<Run>): Promise<{ status: EndStatus; records: readonly JournalRecord[] }> => {
    const { sea, plan, release } = await harbour();
    const target = memoryTarget({ world: sea.world, environment: "staging", clock: still, script: () => {} });
    stageFor(sea.world, plan);
    const fence = await target.claim("test", { signal: never });
    const records: JournalRecord[] = [];
    const driver = targetDriver({
      composeConfig: async () => "{}",
      target,
      release,
      fence,
      runGate: async ({ service, gate }) => {
        const verdict = service === "auth" && gate.kind === "logs" ? "inconclusive" : "passed";
        return { kind: gate.kind, verdict, evidence: "", detail: [], took: 0 };
      },
      migrate: async () => {},
      migrated: async () => false,
      log: () => {},
    });
    const status = await execute({
      plan,
      release,
      records: [],
      driver,
      append: async (entry) => void records.push(entry),
      clock: still,
      stop: never,
      lost: never,
      turnBack: false,
      inconclusive: async () => "halt",
      onEvent: () => {},
      ...over,
    });
    return { status, records };
  };

  it("while it asks about a gate leaves the gate undecided", async () => {
    const stop = new AbortController();
    const { status, records } = await simulated({
      stop: stop.signal,
      inconclusive: async () => {
        stop.abort(new Error("Ctrl-C"));
        throw stop.signal.reason;
      },
    });
    expect(status).toBe("interrupted");
    expect(records.filter(({ kind }) => kind === "turned" || kind === "failed")).toEqual([]);
  });

  it("by a lease that was lost before its first step does nothing", async () => {
    const { status, records } = await simulated({ lost: AbortSignal.abort(new Error("taken over")) });
    expect({ status, records }).toEqual({ status: "superseded", records: [] });
  });
});

describe("a service that stops before it starts", () => {
  it("serves again when its old instance cannot be retired", async () => {
    const { sea } = await harbour();
    const target = memoryTarget({ world: sea.world, environment: "staging", clock: still, script: () => {} });
    const observed = await target.observe({ signal: never });
    const spec = specOf("points", { strategy: { kind: "stop-first", why: "one writer" } });
    const plan = makePlan(
      desiredOf([serviceOf("points", "two", { spec })]),
      { ...observed, services: { points: observed.services.points as never } },
      sha256,
    );
    const status = await sail({
      sea,
      plan,
      release: "r2",
      point: nowhere,
      judge: allPass,
      planted: {},
      weather: ({ verb, operationId }) => {
        if (verb === "retire" && operationId === "r2/points.retire/1")
          throw new StepFault({ code: "instance-survives", message: "it hangs in the kernel", retry: "never" });
      },
    });
    expect(status).toBe("rolled-back");
    expect(sea.world.routes.get("points")?.backends).toEqual(observed.services.points?.route?.backends);
  });
});
