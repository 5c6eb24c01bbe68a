import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plannedOf } from "../../test/fleet-samples.ts";
import type { AppliedMigration } from "./observed.ts";
import type { Phase, RollbackVerdict } from "./plan.ts";
import { schemaWayBack } from "./schema-way-back.ts";

const LOSS = { noWayBack: [{ table: "public.users", loss: "column phone: 3 values" }] };

const appliedOf = (name: string, phase: Phase, rollback: RollbackVerdict | null): AppliedMigration => ({
  ...plannedOf(name, { phase, rollback }),
  release: "r1",
});

const APPLIED = fc
  .array(
    fc.record({
      phase: fc.constantFrom<Phase>("expand", "data", "contract"),
      rollback: fc.constantFrom<RollbackVerdict | null>(null, "keep", "revert", LOSS),
    }),
    { maxLength: 8 },
  )
  .map((made) => made.map(({ phase, rollback }, index) => appliedOf(`${index + 1}_m`, phase, rollback)));

const number = (name: string): number => Number.parseInt(name, 10);
const known = (level: number) => (migration: { name: string }) => number(migration.name) <= level;
const nothing = { all: false, confirmed: [] };

describe("what a rollback does with the schema", () => {
  it("takes back only what the revision does not know, newest first, all after the first that it does not bear", () => {
    fc.assert(
      fc.property(APPLIED, fc.nat(8), fc.boolean(), (applied, level, all) => {
        const way = schemaWayBack({ applied, knows: known(level), all, confirmed: ["users"] });
        const newer = applied.slice(level);
        if (way.kind === "refused") {
          expect(all).toBe(false);
          expect(newer.some(({ phase, rollback }) => phase === "contract" && rollback === null)).toBe(true);
          return;
        }
        const gone = way.kind === "revert" ? way.migrations.map(({ name }) => name) : [];
        // What stays is a beginning of what was applied: nothing is pulled out from under another.
        const stays = applied.filter(({ name }) => !gone.includes(name));
        expect(stays).toEqual(applied.slice(0, stays.length));
        expect(gone).toEqual(
          newer
            .slice(newer.length - gone.length)
            .map(({ name }) => name)
            .reverse(),
        );
        for (const { name, rollback } of newer)
          if (rollback !== null && rollback !== "keep") expect(gone).toContain(name);
        if (all) expect(gone).toHaveLength(newer.length);
      }),
    );
  });

  it("loses nothing that was not confirmed by name", () => {
    fc.assert(
      fc.property(APPLIED, fc.nat(8), fc.boolean(), (applied, level, all) => {
        const way = schemaWayBack({ applied, knows: known(level), all, confirmed: ["orders"] });
        const losing = applied.slice(level).some(({ rollback }) => rollback === LOSS);
        if (losing) expect(way.kind).toBe("refused");
      }),
    );
  });

  it("keeps what was proven to be borne, and what expands", () => {
    const applied = [
      appliedOf("1_a", "expand", null),
      appliedOf("2_b", "contract", "keep"),
      appliedOf("3_c", "data", null),
    ];
    expect(schemaWayBack({ applied, knows: known(0), ...nothing })).toEqual({ kind: "keep" });
  });

  it("reverts before old code starts where it does not bear it, and last where it was only asked for", () => {
    const borne = [appliedOf("1_a", "expand", "keep")];
    const unborne = [...borne, appliedOf("2_b", "expand", "revert"), appliedOf("3_c", "expand", "keep")];
    expect(schemaWayBack({ applied: borne, knows: known(0), all: true, confirmed: [] })).toMatchObject({
      when: "last",
    });
    expect(schemaWayBack({ applied: unborne, knows: known(0), ...nothing })).toMatchObject({
      kind: "revert",
      when: "first",
      migrations: [{ name: "3_c" }, { name: "2_b" }],
    });
  });

  it("names the table and the loss, and takes the table's or the migration's name as the confirmation", () => {
    const applied = [appliedOf("1_a", "expand", LOSS)];
    const way = (...confirmed: string[]) => schemaWayBack({ applied, knows: known(0), all: true, confirmed });
    expect(way()).toEqual({
      kind: "refused",
      refusals: [{ kind: "no-way-back", name: "1_a", losses: LOSS.noWayBack }],
    });
    for (const word of ["users", "public.users", "1_a"]) expect(way(word).kind).toBe("revert");
    for (const word of ["sers", "public", "1"]) expect(way(word).kind).toBe("refused");
  });
});
