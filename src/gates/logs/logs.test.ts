import { expect, test } from "vitest";
import { aborted, contextOf, type Script, subjectOf } from "../../../test/gates/scripted-target.ts";
import type { LogsSpec } from "../../fleet/fleet.ts";
import { runGate } from "../run-gate.ts";

const gate = (scripts: Readonly<Record<string, Script>>, logs: Partial<LogsSpec> = {}, cx = contextOf()) =>
  runGate(
    { kind: "logs", logs: { watch: 0, critical: ["level>=error"], ignore: [], ...logs }, baseline: [] },
    subjectOf(scripts),
    cx,
  );

const error = (words: string) => JSON.stringify({ level: 50, msg: words });

test("watch 0 takes what is there, and does not wait", async () => {
  const result = await gate({ a: { lines: ['{"level":30,"msg":"listening"}'] } });
  expect(result).toMatchObject({ verdict: "passed", evidence: "no errors in 1 lines of 1 instances" });
  expect(result.took).toBeLessThan(1000);
});

test("a new error fails and is quoted with its count, masked; a known one is no news", async () => {
  const old: Script = { lines: [error("known 1")] };
  expect(await gate({ a: { lines: [error("known 2")] }, old })).toMatchObject({ verdict: "passed" });
  const result = await gate({
    a: { lines: [error("known 2"), error("hunter2 failed 1"), error("hunter2 failed 2")] },
    old,
  });
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toContain("*** failed 1");
  expect(result.evidence).toContain("(2 times)");
  expect(result.detail.join()).not.toContain("hunter2");
});

test("watches after the switch, and ends early on news", async () => {
  const late = (words: string): Script => ({
    logs: async function* ({ follow }, signal) {
      yield "started";
      await new Promise((resolve) => setTimeout(resolve, 300));
      yield words;
      if (follow) await aborted(signal);
    },
  });
  const quiet = await gate({ a: { lines: ["started"] } }, { watch: 400 });
  expect(quiet.verdict).toBe("passed");
  expect(quiet.took).toBeGreaterThanOrEqual(395);
  const result = await gate({ a: late(error("too late")) }, { watch: 30_000 });
  expect(result.verdict).toBe("failed");
  expect(result.took).toBeLessThan(10_000);
  // The verified revision says the same a moment later: a hiccup of what both depend on.
  expect(await gate({ a: { lines: [error("hiccup")] }, old: late(error("hiccup")) }, { watch: 1500 })).toMatchObject({
    verdict: "passed",
  });
});

/** Sixty times as fast as the world, so that the patience for a backlog is over soon. */
function fastClock() {
  let slept = 0;
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() * 60,
    sleep: async (ms: number, signal?: AbortSignal) => {
      slept += 1;
      await contextOf().clock.sleep(ms / 60, signal);
    },
    slept: () => slept,
  };
}

const unreadable: Script = {
  // biome-ignore lint/correctness/useYield: a log that fails before its first line
  logs: async function* () {
    throw new Error("no such file");
  },
};
const hanging: Script = {
  logs: async function* (_, signal) {
    await new Promise(() => signal);
    yield "never";
  },
};

test("silent is passed; unreadable, hanging or without any instance is inconclusive", async () => {
  expect(await gate({ a: { lines: [] } }, { watch: 100 })).toMatchObject({
    verdict: "passed",
    evidence: "no errors in 0 lines of 1 instances",
  });
  const broken = await gate({ a: unreadable });
  expect(broken.verdict).toBe("inconclusive");
  expect(broken.evidence).toContain("no such file");
  expect((await gate({ a: unreadable }, { watch: 300 })).verdict).toBe("inconclusive");
  expect((await gate({ a: hanging }, { watch: 100 }, contextOf({ clock: fastClock() }))).verdict).toBe("inconclusive");
  expect((await gate({})).verdict).toBe("inconclusive");
  expect((await gate({ a: {} }, { critical: ["("] })).verdict).toBe("inconclusive");
}, 15_000);

test("an error is only news when the verified revision's log could be compared", async () => {
  const result = await gate({ a: { lines: [error("perhaps")] }, old: unreadable });
  expect(result.verdict).toBe("inconclusive");
  expect(result.evidence).toContain("perhaps");
  expect((await gate({ a: { lines: ["fine"] }, old: unreadable })).verdict).toBe("passed");
});

test("a stream that breaks off is opened again, and what was seen before counts", async () => {
  let opened = 0;
  const breaking: Script = {
    logs: async function* ({ follow }, signal) {
      opened += 1;
      if (opened === 1) {
        yield error("before the break");
        throw new Error("the agent is gone");
      }
      yield "rotated";
      if (follow) await aborted(signal);
    },
  };
  const result = await gate({ a: breaking }, { watch: 1000 });
  expect(opened).toBeGreaterThan(1);
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toContain("before the break");
});

test("1 GB at once: read to its end in bounded memory, and the one error in it is found", async () => {
  const line = `{"level":30,"time":1700000000000,"msg":"${"request done ".repeat(140)}"}`;
  const count = Math.ceil(1024 ** 3 / line.length);
  const flood: Script = {
    logs: async function* () {
      for (let index = 0; index < count; index += 1) yield index === count - 7 ? error("the needle") : line;
    },
  };
  const before = process.memoryUsage().rss;
  const result = await gate({ a: flood });
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toContain("the needle");
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
}, 60_000);

test("a flood without end is given up in time: inconclusive, and others are not starved", async () => {
  const endless: Script = {
    logs: async function* () {
      while (true) yield "and again";
    },
  };
  const clock = fastClock();
  const result = await gate({ a: endless }, { watch: 1000 }, contextOf({ clock }));
  expect(result.verdict).toBe("inconclusive");
  expect(result.evidence).toContain("its end was not reached");
  expect(clock.slept()).toBeGreaterThan(5);
}, 30_000);

test("obeys the signal at once, also when the log does not", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("interrupted")), 100);
  await expect(gate({ a: hanging }, { watch: 60_000 }, contextOf({ signal: stop.signal }))).rejects.toThrow(
    "interrupted",
  );
});
