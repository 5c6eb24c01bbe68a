import { describe, expect, it } from "vitest";
import type { Plan, PlannedMigration } from "../../plan/plan.ts";
import { CHECKED_BY } from "./checked-by.ts";
import { checksPassed } from "./checks-passed.ts";
import { migrationsCompatible } from "./migrations-compatible.ts";

const check = (kind: string, verdict: string, service: string | null = null) => ({
  ...{ kind, service, verdict, took: 1, evidence: `${kind} says ${verdict}\nand more` },
});

describe("what checks came to", () => {
  it.each([
    [[check("variables", "passed", "auth"), check("isolation", "passed")], "passed", "2 checks passed"],
    [[check("variables", "failed", "auth"), check("isolation", "passed")], "failed", "variables auth: variables says"],
    [[check("isolation", "inconclusive"), check("variables", "passed")], "inconclusive", "isolation: isolation says"],
    [[check("branch", "passed")], "inconclusive", "no check has looked at it"],
    [undefined, "inconclusive", "no check has looked at it"],
  ])("%#", (checks, verdict, said) => {
    const found = checksPassed(CHECKED_BY.variables, checks);
    expect(found.verdict).toBe(verdict);
    expect(found.evidence).toContain(said);
    expect(found.evidence).not.toContain("\n");
  });

  it("is no word for what nobody asked, and is one where there was nothing to look at", () => {
    const others = [check("branch", "passed")];
    expect(checksPassed(CHECKED_BY.ci, others)).toMatchObject({ verdict: "inconclusive" });
    expect(checksPassed(CHECKED_BY.ci, others).evidence).toContain("requires: [ci]");
    expect(checksPassed(CHECKED_BY.contracts, others).verdict).toBe("passed");
    expect(checksPassed(CHECKED_BY.contracts, []).verdict).toBe("inconclusive");
  });
});

describe("migrations", () => {
  const planOf = (...names: readonly string[]): Plan => {
    const files = names.map((name): PlannedMigration => ({ name, sha256: "x", phase: "expand", rollback: "keep" }));
    const steps = names.length === 0 ? [] : [{ service: "auth", action: { kind: "migrate", files } }];
    return { steps, services: [] } as unknown as Plan;
  };
  const proof = (parts: Readonly<Record<string, string>>, ...names: readonly string[]) => ({
    service: "auth",
    files: names.map((name) => ({ name, sha256: "x" })),
    data: [],
    parts: Object.entries(parts).map(([part, verdict]) => ({ part, verdict, evidence: `${part}: 42703`, took: 1 })),
  });

  it.each([
    ["none", planOf(), undefined, "passed"],
    ["proven", planOf("0001_a"), [proof({ "old-on-new": "passed", locks: "passed" }, "0001_a")], "passed"],
    ["broken", planOf("0001_a"), [proof({ "old-on-new": "failed" }, "0001_a")], "failed"],
    ["not said", planOf("0001_a"), [proof({ "old-on-new": "inconclusive" }, "0001_a")], "inconclusive"],
    ["of another file", planOf("0002_b"), [proof({ "old-on-new": "passed" }, "0001_a")], "inconclusive"],
    ["accepted unproven", planOf("0001_a"), [{ service: "auth", unproven: {}, accepted: "why" }], "inconclusive"],
    // Whether there is a way back is another item's.
    [
      "without a way back",
      planOf("0001_a"),
      [proof({ "old-on-new": "passed", reversal: "failed" }, "0001_a")],
      "passed",
    ],
  ])("%s", (_, plan, proofs, verdict) => {
    expect(migrationsCompatible(plan, proofs).verdict).toBe(verdict);
  });
});
