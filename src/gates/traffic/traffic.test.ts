import { describe, expect, it } from "vitest";
import { contextOf, type Script, scriptedTarget, subjectOf } from "../../../test/gates/scripted-target.ts";
import { noLatency } from "../../router/latency.ts";
import type { Counts } from "../../router/router.ts";
import type { InstancesTarget, InstanceTraffic } from "../../targets/target.ts";
import { runGate } from "../run-gate.ts";
import { NONE, sidesOf } from "./counts.ts";

const counts = (served: number, failed = 0): Counts => ({ served, failed, latency: noLatency() });
const traffic = (instance: string, now: Counts, before: Counts = NONE): InstanceTraffic => ({
  instance,
  counts: now,
  before,
});

const spec = { errors: 0.01, slower: 3, least: 20 };
const scripts: Record<string, Script> = { old: {}, new: {} };

const look = (watch: number, answer: InstancesTarget["traffic"], signal?: AbortSignal) =>
  runGate(
    { kind: "traffic", traffic: spec, watch, baseline: [] },
    subjectOf(scripts, { target: { ...scriptedTarget(scripts), traffic: answer } }),
    contextOf(signal === undefined ? {} : { signal }),
  );

describe("the traffic gate", () => {
  it("passes what does well, at the end of the watch", async () => {
    let looks = 0;
    const result = await look(1200, async ({ service, release }) => {
      expect([service, release]).toEqual(["blog", "release"]);
      looks += 1;
      return [traffic("new", counts(500)), traffic("old", counts(900), counts(800))];
    });
    expect(result).toMatchObject({ kind: "traffic", verdict: "passed", evidence: expect.stringContaining("0 of 500") });
    expect(looks).toBe(3);
  });

  it("ends the watch when it is sure", async () => {
    const result = await look(60_000, async () => [traffic("new", counts(300, 200)), traffic("old", counts(900))]);
    expect(result).toMatchObject({ verdict: "failed", evidence: expect.stringContaining("200 of 500 (40 %) failed") });
    expect(result.took).toBeLessThan(30_000);
  });

  it("knows nothing when it cannot read, and forgives that in between", async () => {
    const broken = async () => Promise.reject(new Error("the router is gone"));
    expect(await look(0, broken)).toMatchObject({
      verdict: "inconclusive",
      evidence: "the router's statistics could not be read: the router is gone",
    });
    let looks = 0;
    const flaky = async () => (looks++ === 0 ? broken() : [traffic("new", counts(50))]);
    expect(await look(50, flaky)).toMatchObject({ verdict: "passed" });
  });

  it("has no verdict when it is interrupted", async () => {
    await expect(look(60_000, async () => [], AbortSignal.timeout(50))).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

describe("the sides", () => {
  const instances = new Set(["stays", "new"]);
  const baseline = new Set(["old", "stays"]);

  it("are the new ones since the release began, and the old ones then and before", () => {
    const all = [
      traffic("old", counts(150, 5), counts(100, 1)),
      traffic("stays", counts(90), counts(70)),
      traffic("new", counts(30, 3)),
      traffic("somebody's", counts(1000, 1000)),
    ];
    const { now, recent, before } = sidesOf(all, { instances, baseline });
    expect([now.served, now.failed]).toEqual([50, 3]);
    expect([recent.served, recent.failed]).toEqual([50, 4]);
    expect([before.served, before.failed]).toEqual([220, 5]);
  });
});
