import { describe, expect, it } from "vitest";
import type { Environment } from "../fleet/fleet.ts";
import { checkRules } from "./rules.ts";
import { fleetFor } from "./testing.ts";

const production = (change: Partial<Environment>): Environment => {
  const found = fleetFor("/r", { production: change }).environments.production;
  if (found === undefined) throw new Error("no production");
  return found;
};
const friday = Date.parse("2026-11-27T17:00:00Z");
const weekend = { days: [4], hours: { from: 960, to: 1440 }, dates: null, zone: "UTC", because: "nobody is there" };
const person = { now: friday, ci: null, breakGlass: null };

describe("rules of time and place", () => {
  it("let everybody in where there are none", () => {
    expect(checkRules(production({}), person)).toMatchObject({ verdict: "passed", problems: [] });
  });

  it("refuse for every reason at once, each with what to do", () => {
    const strict = production({ frozen: "the audit", windows: [weekend], from: "ci" });
    const found = checkRules(strict, person);
    expect(found.verdict).toBe("failed");
    expect(found.problems.map(({ code }) => code)).toEqual(["frozen", "window-closed", "not-from-ci"]);
    expect(found.problems.map(({ message }) => message)).toEqual([
      "production is frozen: the audit",
      "nobody deploys to production now: nobody is there",
      "only the CI deploys to production, and this is none of its runs",
    ]);
    for (const { hint } of found.problems) expect(hint).toContain("--break-glass REASON");
    expect(found.problems[1]?.hint).toContain("2026-11-28 00:00 UTC");
  });

  it("let the CI in where only the CI may", () => {
    expect(checkRules(production({ from: "ci" }), { ...person, ci: "run 7 of GitHub Actions" })).toMatchObject({
      verdict: "passed",
      evidence: expect.stringContaining("run 7 of GitHub Actions"),
    });
  });

  it("are set aside by breaking the glass, and say which and why", () => {
    const found = checkRules(production({ windows: [weekend], from: "ci" }), {
      ...person,
      breakGlass: "payments are down",
    });
    expect(found.verdict).toBe("passed");
    expect(found.evidence).toContain("set aside (window-closed, not-from-ci) because payments are down");
  });
});
