import { describe, expect, it } from "vitest";
import type { GateCall } from "../../src/release/driver.ts";
import { allPass, harbour } from "./harbour.ts";
import { capacityViolations, violations } from "./oracle.ts";
import { type Planted, sail, type Voyage } from "./ship.ts";

type Judge = Voyage["judge"];

/** The smoke test of `blog` fails: the last service of the release, after the others are done. */
const blogFails: Judge = ({ service, gate }: GateCall) =>
  service === "blog" && gate.kind === "smoke" ? "failed" : logsOf("blog", { service, gate });
const logsOf = (name: string, { service, gate }: Pick<GateCall, "service" | "gate">) =>
  service === name && gate.kind === "logs" ? "failed" : "passed";
const contentUndecided: Judge = ({ service, gate }) =>
  service === "content" && gate.kind === "logs" ? "inconclusive" : "passed";

type Scene = Readonly<{
  name: string;
  judge: Judge;
  ends: string;
  policy: "release" | "service" | "halt";
  /** How it ends when it is killed and then told to go back. */
  endsBack?: string;
}>;

const SCENARIOS: readonly Scene[] = [
  { name: "a good release", judge: allPass, ends: "verified", policy: "release" },
  { name: "a bad last service, release thrown back", judge: blogFails, ends: "rolled-back", policy: "release" },
  {
    name: "a release told to go back after the kill",
    judge: allPass,
    ends: "verified",
    policy: "release",
    endsBack: "rolled-back",
  },
  { name: "a gate that cannot decide", judge: contentUndecided, ends: "halted", policy: "release" },
];

type Trial = Readonly<{ ends: string; found: readonly string[]; points: number; crashedAt: string | null }>;

/** Runs a scenario, dies at the given points one after the other, resumes each time, and asks the oracle. */
async function trial(
  scenario: (typeof SCENARIOS)[number],
  dieAt: readonly number[],
  planted: Planted = {},
): Promise<Trial> {
  const { sea, plan, release, scenario: known } = await harbour({ onFailure: scenario.policy });
  const found = new Set<string>();
  const onLanded = () => {
    for (const violation of capacityViolations(sea.world, known)) found.add(violation);
  };
  let points = 0;
  let crashedAt: string | null = null;
  let status: string = "crashed";
  for (let life = 0; status === "crashed"; life += 1) {
    if (life > 6) return { ends: "endless", found: ["I10 it never ends"], points, crashedAt };
    let count = 0;
    const point = (name: string): boolean => {
      count += 1;
      if (count !== dieAt[life]) return false;
      crashedAt = name;
      return true;
    };
    const turnBack = life > 0 && scenario.endsBack !== undefined;
    status = await sail({ sea, plan, release, point, judge: scenario.judge, planted, onLanded, turnBack });
    if (life === 0) points = count;
  }
  const landed = sea.world.ledger.length;
  const again = await sail({ sea, plan, release, point: () => false, judge: scenario.judge, planted, onLanded });
  if (sea.world.ledger.length !== landed) found.add("I5 a resume after the end had effects");
  if (again !== status) found.add(`I5 ended ${status}, then ${again}`);
  for (const violation of violations({ status, world: sea.world, scenario: known, databases: sea.databases }))
    found.add(violation);
  return { ends: status, found: [...found], points, crashedAt };
}

/** Killed after its last effect, a release told to go back has already ended: then it stays. */
const endings = ({ ends, endsBack }: Scene): readonly string[] => (endsBack === undefined ? [ends] : [ends, endsBack]);

describe.each(SCENARIOS)("$name", (scenario) => {
  it("ends as it should without a crash", async () => {
    const { ends, found } = await trial(scenario, []);
    expect(found).toEqual([]);
    expect(ends).toBe(scenario.ends);
  });

  it("ends the same, killed at every journal write and every effect", async () => {
    const { points } = await trial(scenario, []);
    expect(points).toBeGreaterThan(50);
    for (let at = 1; at <= points; at += 1) {
      const { ends, found, crashedAt } = await trial(scenario, [at]);
      expect({ crashedAt, found }).toEqual({ crashedAt, found: [] });
      expect(endings(scenario)).toContain(ends);
    }
  });

  it("ends the same, killed again while resuming", async () => {
    const { points } = await trial(scenario, []);
    for (let at = 1; at <= points; at += 7) {
      for (const second of [1, 2, 3, 5, 8, 13]) {
        const { ends, found, crashedAt } = await trial(scenario, [at, second]);
        expect({ crashedAt, found }).toEqual({ crashedAt, found: [] });
        expect(endings(scenario)).toContain(ends);
      }
    }
  });
});

/** Bugs that somebody could write; the campaign is worth what it catches of them. */
const BUGS: Readonly<Record<string, Planted>> = {
  "journal not synced: the last records are lost with the power": {
    append: (append) => {
      const unsynced: Parameters<typeof append>[0][] = [];
      return async (record) => {
        // Acknowledged at once, on disk when the next ones come.
        unsynced.push(record);
        const written =
          record.kind === "ended" ? unsynced.splice(0) : unsynced.splice(0, Math.max(0, unsynced.length - 5));
        for (const earlier of written) await append(earlier, true);
      };
    },
  },
  "an effect begun before its intent is on disk, as only a gate may": {
    append: (append) => (record, durable) => append(record, durable && record.kind !== "intended"),
  },
  "outcome written before the effect": {
    driver: (driver) => ({
      ...driver,
      perform: async (operation, signal) =>
        operation.action.kind === "shift" ? {} : driver.perform(operation, signal),
    }),
  },
  "bring repeated under a new id": {
    driver: (driver) => {
      let times = 0;
      return {
        ...driver,
        perform: (operation, signal) =>
          driver.perform(
            operation.action.kind === "bring" ? { ...operation, id: `${operation.id}.${times++}` } : operation,
            signal,
          ),
        probe: async () => null,
      };
    },
  },
  "probe says done without looking": { driver: (driver) => ({ ...driver, probe: async () => ({}) }) },
  "undo of a shift forgotten": {
    driver: (driver) => ({
      ...driver,
      perform: async (operation, signal) =>
        operation.way === "undo" && operation.action.kind === "shift" ? {} : driver.perform(operation, signal),
    }),
  },
  "undo of a bring forgotten": {
    driver: (driver) => ({
      ...driver,
      perform: async (operation, signal) =>
        operation.way === "undo" && operation.action.kind === "retire" ? {} : driver.perform(operation, signal),
    }),
  },
  "a retired instance is not revived": {
    driver: (driver) => ({
      ...driver,
      perform: async (operation, signal) =>
        operation.action.kind === "revive" ? {} : driver.perform(operation, signal),
    }),
  },
  "a failed gate counts as passed": {
    gate: (result) => (result.verdict === "failed" ? { ...result, verdict: "passed" } : result),
  },
  "an inconclusive gate counts as passed": {
    gate: (result) => (result.verdict === "inconclusive" ? { ...result, verdict: "passed" } : result),
  },
  "resume forgets the decision to go back": {
    records: (records) => records.filter(({ kind }) => kind !== "turned" && kind !== "failed"),
  },
  "resume forgets what is done": {
    records: () => [],
    driver: (driver) => ({
      ...driver,
      probe: async () => null,
      perform: (operation, signal) => driver.perform({ ...operation, id: `${operation.id}.${Math.random()}` }, signal),
    }),
  },
  "old instances retired before the switch": {
    driver: (driver) => ({
      ...driver,
      perform: async (operation, signal) => {
        const retire = operation.step.action.kind === "shift" && operation.way === "do";
        if (retire)
          await driver.perform(
            { ...operation, action: { kind: "retire", instances: [] }, instances: operation.instances },
            signal,
          );
        return operation.step.action.kind === "shift" && operation.way === "do"
          ? driver.perform({ ...operation, action: { kind: "shift", match: [], backends: [] } }, signal)
          : driver.perform(operation, signal);
      },
    }),
  },
};

describe("planted bugs", () => {
  it.each(Object.keys(BUGS))("is caught: %s", async (name) => {
    const planted = BUGS[name] ?? {};
    for (const scenario of SCENARIOS) {
      const { points, found, ends } = await trial(scenario, [], planted);
      if (found.length > 0 || ends !== scenario.ends) return;
      for (let at = 1; at <= points; at += 1) {
        const struck = await trial(scenario, [at], planted);
        if (struck.found.length > 0 || !endings(scenario).includes(struck.ends)) return;
      }
    }
    expect.unreachable(`nobody noticed: ${name}`);
  });
});
