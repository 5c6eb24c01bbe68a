import { describe, expect, it } from "vitest";
import { type Chance, chance } from "../../../test/chance.ts";
import type { TrafficSpec } from "../../fleet/fleet.ts";
import { latencyBucket, noLatency } from "../../router/latency.ts";
import type { Counts } from "../../router/router.ts";
import { NONE, type Sides } from "./counts.ts";
import { judge, usualLatency } from "./judge.ts";

const spec: TrafficSpec = { errors: 0.01, slower: 3, least: 20 };
const AT_THE_END = 0.001;

/** So many answers, `failed` of them 5xx, that each took so many milliseconds. */
const counts = (requests: number, { failed = 0, ms = 8 }: { failed?: number; ms?: number } = {}): Counts => {
  const latency = noLatency();
  latency[latencyBucket(ms)] = requests;
  return { served: requests - failed, failed, latency };
};

const both = (a: Counts, b: Counts): Counts => ({
  served: a.served + b.served,
  failed: a.failed + b.failed,
  latency: a.latency.map((count, at) => count + (b.latency[at] ?? 0)),
});

const sides = (now: Counts, before: Counts = NONE, recent: Counts = NONE): Sides => ({ now, before, recent });

const verdictOf = (of: Sides, alpha = AT_THE_END) => judge(of, spec, alpha).verdict;
const evidenceOf = (of: Sides) => judge(of, spec, AT_THE_END).evidence;

describe("errors", () => {
  it("throw back what surely fails more often, and the evidence has the figures", () => {
    expect(judge(sides(counts(1000, { failed: 50 }), counts(9000, { failed: 9 })), spec, AT_THE_END)).toMatchObject({
      verdict: "failed",
      evidence: "50 of 1000 (5 %) failed, of the old revision's 9 of 9000 (0.1 %): surely 3 % more, 1 % more may",
    });
  });

  it.each([
    ["as many as before", counts(1000, { failed: 50 }), counts(9000, { failed: 450 })],
    ["fewer than before", counts(1000), counts(9000, { failed: 4500 })],
    ["a few more than before, as may be", counts(1000, { failed: 14 }), counts(9000, { failed: 9 })],
    ["two of twenty, which chance may do", counts(20, { failed: 2 }), counts(9000)],
  ])("pass when they are %s", (_, now, before) => {
    expect(verdictOf(sides(now, before))).toBe("passed");
  });

  it("that the old revision has as well right now are not the new one's", () => {
    const now = counts(100, { failed: 50 });
    const before = counts(100_000, { failed: 40 });
    expect(verdictOf(sides(now, before, counts(80, { failed: 40 })))).toBe("passed");
    expect(verdictOf(sides(now, before, counts(80)))).toBe("failed");
    // Enough of now: the past says nothing.
    expect(verdictOf(sides(now, before, counts(2000, { failed: 1000 })))).toBe("passed");
    expect(verdictOf(sides(now, counts(100_000, { failed: 60_000 }), counts(2000)))).toBe("failed");
  });

  it("of a first version are judged by themselves", () => {
    expect(verdictOf(sides(counts(500)))).toBe("passed");
    expect(evidenceOf(sides(counts(500)))).toContain("nothing to compare with");
    expect(verdictOf(sides(counts(500, { failed: 5 })))).toBe("passed");
    expect(judge(sides(counts(500, { failed: 50 })), spec, AT_THE_END)).toMatchObject({
      verdict: "failed",
      evidence: expect.stringContaining("50 of 500 (10 %) failed, surely more than 6.3 %; 1 % may"),
    });
  });

  it("of too few requests say nothing", () => {
    expect(judge(sides(counts(19, { failed: 19 }), counts(9000)), spec, AT_THE_END)).toMatchObject({
      verdict: "passed",
      evidence: "too little traffic to judge: 19 requests of the 20 needed, 19 failed",
    });
    expect(evidenceOf(sides(NONE, counts(9000)))).toContain("0 requests of the 20 needed");
  });

  it("need to be much surer of at each of many looks", () => {
    const now = sides(counts(300, { failed: 12 }), counts(9000));
    expect([verdictOf(now), verdictOf(now, 0.000_001)]).toEqual(["failed", "passed"]);
  });
});

describe("latency", () => {
  it("throws back what is many times slower, and the evidence has the figures", () => {
    expect(evidenceOf(sides(counts(200, { ms: 80 }), counts(9000, { ms: 8 })))).toBe(
      "200 of 200 (100 %) answers took 30 ms or longer, surely more than 97 %; of the old revision's, 90 % took less than 10 ms",
    );
    expect(verdictOf(sides(counts(200, { ms: 80 }), counts(9000, { ms: 8 })))).toBe("failed");
  });

  const mostly = (of: number, slow: number, ms: number) => both(counts(of - slow, { ms: 8 }), counts(slow, { ms }));

  it.each([
    ["is twice as slow", counts(200, { ms: 18 }), counts(9000, { ms: 8 })],
    ["is slow for less than a tenth", mostly(200, 15, 500), counts(9000, { ms: 8 })],
    ["is slow for a tenth, as the old one is", mostly(200, 30, 500), mostly(9000, 1350, 500)],
    ["is slower by less than can be noticed", counts(200, { ms: 12 }), counts(9000, { ms: 0 })],
    ["is slow beside an old one that said too little", counts(200, { ms: 800 }), counts(60, { ms: 8 })],
    ["is slow beside one that is slower than all bounds", counts(200, { ms: 60_000 }), counts(9000, { ms: 60_000 })],
    ["is slow and the first", counts(200, { ms: 5000 }), NONE],
  ])("passes what %s", (_, now, before) => {
    expect(verdictOf(sides(now, before))).toBe("passed");
  });

  it("that the old revision has as well right now is not the new one's", () => {
    const [now, before] = [counts(200, { ms: 80 }), counts(9000, { ms: 8 })];
    expect(verdictOf(sides(now, before, counts(100, { ms: 80 })))).toBe("passed");
    expect(verdictOf(sides(now, before, counts(100, { ms: 8 })))).toBe("failed");
  });

  it("is known of the old one with a margin that grows where little is known", () => {
    const one = (of: number) => both(counts(of * 0.92, { ms: 8 }), counts(of * 0.08, { ms: 600 }));
    expect(usualLatency(one(10_000), AT_THE_END)).toBe(10);
    expect(usualLatency(one(100), AT_THE_END)).toBe(700);
    expect(usualLatency(one(50), AT_THE_END)).toBeNull();
    expect(usualLatency(NONE, AT_THE_END)).toBeNull();
  });
});

/** So many answers of a revision that fails so often, some slow, most as fast as chance has it. */
function drawn(luck: Chance, requests: number, { errors, tail }: Readonly<{ errors: number; tail: number }>): Counts {
  const latency = noLatency();
  let failed = 0;
  for (let nth = 0; nth < requests; nth += 1) {
    if (luck.happens(errors)) failed += 1;
    const ms = luck.happens(tail) ? 200 + 2000 * luck.next() : 5 - 10 * Math.log(1 - luck.next());
    const bucket = latencyBucket(ms);
    latency[bucket] = (latency[bucket] ?? 0) + 1;
  }
  return { served: requests - failed, failed, latency };
}

describe("draw after draw", () => {
  const luck = chance(31);
  const between = (least: number, most: number) => Math.round(least * (most / least) ** luck.next());
  const kindOf = () => ({
    errors: luck.pick([0, 0.0005, 0.005, 0.02, 0.1, 0.5]),
    tail: luck.pick([0, 0.01, 0.09, 0.2]),
  });
  const strict: TrafficSpec = { errors: 0, slower: 1, least: 1 };

  it("an equally good version is thrown back no more often than one in a thousand, even where nothing may be worse", () => {
    const draws = 4_000;
    const thrown = { default: 0, strict: 0 };
    for (let nth = 0; nth < draws; nth += 1) {
      const kind = kindOf();
      const now = drawn(luck, between(20, 1000), kind);
      const recent = luck.happens(0.5) ? drawn(luck, between(20, 1500), kind) : NONE;
      const before = both(recent, drawn(luck, between(20, 1500), kind));
      if (judge({ now, recent, before }, spec, AT_THE_END).verdict === "failed") thrown.default += 1;
      if (judge({ now, recent, before }, strict, AT_THE_END).verdict === "failed") thrown.strict += 1;
    }
    console.log(`traffic: of ${draws} equally good versions, thrown back: ${JSON.stringify(thrown)}`);
    expect(thrown.default).toBeLessThanOrEqual(draws / 1000);
    expect(thrown.strict).toBeLessThanOrEqual((2 * draws) / 1000);
  }, 60_000);

  it("one that fails one time in twenty, or takes ten times as long, is thrown back at 600 requests", () => {
    const kind = { errors: 0.0005, tail: 0.01 };
    const times = 100;
    let kept = 0;
    for (let nth = 0; nth < times; nth += 1) {
      const before = drawn(luck, 2000, kind);
      if (verdictOf(sides(drawn(luck, 600, { ...kind, errors: 0.05 }), before)) === "passed") kept += 1;
      if (verdictOf(sides(drawn(luck, 600, { ...kind, tail: 0.3 }), before)) === "passed") kept += 1;
    }
    expect(kept).toBeLessThanOrEqual(times / 100);
  }, 60_000);
});
