import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { revisionOf } from "../../test/fleet-samples.ts";
import { type Bearer, knownTo, type PendingMigration, reliesOn, rollbackTargets, schedule } from "./phases.ts";
import type { Phase } from "./plan.ts";

const COLUMNS = ["a", "b", "c", "d", "e", "f"];

const pendingOf = (name: string, phase: Phase, change: Partial<PendingMigration> = {}): PendingMigration => ({
  ...{ name, phase, sha256: "00", rollback: null, after: [], changes: [], mentions: new Set() },
  ...change,
});

const MIGRATIONS = fc
  .array(
    fc.record({
      phase: fc.constantFrom<Phase>("expand", "data", "contract"),
      changes: fc.subarray(COLUMNS, { maxLength: 2 }),
      mentions: fc.subarray(COLUMNS, { maxLength: 3 }),
    }),
    { maxLength: 9 },
  )
  .map((made) =>
    made.map(({ phase, changes, mentions }, index) =>
      pendingOf(`${index + 1}_m`, phase, {
        changes: changes.map((column) => ["t", column]),
        mentions: new Set(["t", ...changes, ...mentions]),
      }),
    ),
  );

const number = (name: string): number => Number.parseInt(name, 10);

/** Bearers by the number of the newest migration that they were written for. */
const BEARERS = fc
  .array(fc.record({ level: fc.integer({ min: 0, max: 9 }), role: fc.constantFrom("instance", "target") }), {
    maxLength: 4,
  })
  .map((made) =>
    made.map(
      ({ level, role }): Bearer => ({
        what: `v${level}`,
        role: role as Bearer["role"],
        knows: ({ name }) => number(name) <= level,
      }),
    ),
  );

describe("when migrations run", () => {
  it("puts each into exactly one place, each place in the order of the numbers", () => {
    fc.assert(
      fc.property(MIGRATIONS, BEARERS, (pending, bearers) => {
        const { before, after, waiting, impossible } = schedule(pending, bearers);
        const lists = [before, after, waiting, impossible].map((list) => list.map(({ name }) => name));
        expect(lists.flat().sort()).toEqual(pending.map(({ name }) => name).sort());
        for (const list of lists) expect(list).toEqual([...list].sort((a, b) => number(a) - number(b)));
      }),
    );
  });

  it("takes no old form away from anything that needs it", () => {
    fc.assert(
      fc.property(MIGRATIONS, BEARERS, (pending, bearers) => {
        const { before, after } = schedule(pending, bearers);
        for (const migration of before.filter(({ phase }) => phase === "contract"))
          for (const { knows } of bearers) expect(knows(migration)).toBe(true);
        expect(after.every(({ phase }) => phase === "data")).toBe(true);
      }),
    );
  });

  it("runs nothing before what it relies on, whatever waits", () => {
    fc.assert(
      fc.property(MIGRATIONS, BEARERS, (pending, bearers) => {
        const { before, after, impossible } = schedule(pending, bearers);
        // Such a release is refused as a whole.
        if (impossible.length > 0) return;
        const order = [...before, ...after].map(({ name }) => name);
        for (const name of order) {
          const migration = pending.find((one) => one.name === name);
          if (migration === undefined) throw new Error(name);
          const relied = pending.filter((one) => number(one.name) < number(name) && reliesOn(migration, one));
          for (const one of relied) {
            expect(order).toContain(one.name);
            expect(order.indexOf(one.name)).toBeLessThan(order.indexOf(name));
          }
        }
      }),
    );
  });

  it("keeps data and contract migrations in their order, so that nothing is taken away before it is copied", () => {
    fc.assert(
      fc.property(MIGRATIONS, BEARERS, (pending, bearers) => {
        const { before } = schedule(pending, bearers);
        const ran = new Set(before.map(({ name }) => name));
        const latter = pending.filter(({ phase }) => phase !== "expand");
        for (const [at, { name, phase }] of latter.entries())
          if (phase === "contract" && ran.has(name))
            for (const { name: one } of latter.slice(0, at)) expect(ran).toContain(one);
      }),
    );
  });

  it("runs all in their order where there is no old form", () => {
    fc.assert(
      fc.property(MIGRATIONS, (pending) => {
        expect(schedule(pending, []).before.map(({ name }) => name)).toEqual(pending.map(({ name }) => name));
      }),
    );
  });

  it("comes to an end: release after release, each with new code, nothing waits for ever", () => {
    fc.assert(
      fc.property(MIGRATIONS, (all) => {
        let pending: readonly PendingMigration[] = all.filter(({ after }) => after.length === 0);
        const knowing: Bearer = { what: "new", role: "instance", knows: () => true };
        const old: Bearer = { what: "old", role: "instance", knows: () => false };
        const first = schedule(pending, [old]);
        if (first.impossible.length > 0) return;
        for (const release of [first, ...all.map(() => null)]) {
          const { before, after } = release ?? schedule(pending, [knowing]);
          const done = new Set([...before, ...after].map(({ name }) => name));
          pending = pending.filter(({ name }) => !done.has(name));
        }
        expect(pending).toEqual([]);
      }),
    );
  });

  it("says what a contract migration waits for", () => {
    const drop = pendingOf("0007_drop", "contract", { changes: [["users", "old"]] });
    const why = (bearers: readonly Bearer[], ...earlier: PendingMigration[]) =>
      schedule([...earlier, drop], bearers).waiting.at(-1)?.why;
    const ignorant = { knows: () => false };
    const knowing: Bearer = { what: "new", role: "instance", knows: () => true };
    expect(why([{ what: "1a2b3c4.9f0e", role: "instance", ...ignorant }])).toBe(
      "1a2b3c4.9f0e runs and needs the old form",
    );
    expect(why([{ what: "1a2b3c4.9f0e of release r1", role: "target", ...ignorant }])).toBe(
      "a rollback may return to 1a2b3c4.9f0e of release r1, which needs the old form",
    );
    expect(why([knowing], pendingOf("0006_fill", "data"))).toBe("0006_fill must have filled its data first");
    expect(why([knowing])).toBeUndefined();
    const again = pendingOf("0008_again", "expand", { mentions: new Set(["users", "old"]) });
    const relying = schedule([drop, again], [{ what: "old", role: "instance", ...ignorant }]);
    expect(relying.impossible).toMatchObject([{ name: "0008_again", waitsFor: "0007_drop" }]);
    const other = pendingOf("0008_other", "expand", { mentions: new Set(["users", "new"]) });
    expect(schedule([drop, other], [{ what: "old", role: "instance", ...ignorant }]).before).toMatchObject([
      { name: "0008_other" },
    ]);
    const said = pendingOf("0008_other", "expand", { after: ["0007_drop"] });
    expect(schedule([drop, said], [{ what: "old", role: "instance", ...ignorant }]).impossible).toHaveLength(1);
  });
});

describe("what a verified revision was written for", () => {
  it("is what was applied then and what it brought for later", () => {
    const knows = knownTo({ migration: "0008_b", held: ["0009_c"] }, number);
    expect(["0007_a", "0008_b", "0009_c", "0010_d"].map((name) => knows({ name, sha256: "" }))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(knownTo({ migration: null, held: [] }, number)({ name: "0001_a", sha256: "" })).toBe(false);
  });

  it("a rollback reaches other revisions, nearest first, and none that it returned to itself", () => {
    const mark = (version: string, release: string, restores: string | null = null) => ({
      ...{ revision: revisionOf(version), release, restores, migration: null, held: [] },
    });
    const marks = [mark("one", "r4", "r1"), mark("two", "r3"), mark("two", "r2"), mark("one", "r1")];
    const reached = (version: string, reach: number) =>
      rollbackTargets(marks, revisionOf(version), reach).map(({ release }) => release);
    expect(reached("three", 1)).toEqual(["r3"]);
    expect(reached("three", 9)).toEqual(["r3", "r1"]);
    expect(reached("two", 1)).toEqual(["r1"]);
  });
});
