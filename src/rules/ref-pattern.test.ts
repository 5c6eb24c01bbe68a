import { expect, it } from "vitest";
import { fits } from "./ref-pattern.ts";

const TAKEN: readonly (readonly [pattern: string, ...names: string[]])[] = [
  ["main", "main"],
  ["release/*", "release/2.1"],
  ["release/**", "release/2.1/fix"],
  ["v*", "v1.2.3", "v1\nmain"],
  ["*-fix", "hot-fix"],
];

const LEFT: readonly (readonly [pattern: string, ...names: string[]])[] = [
  ["main", "maintenance", "origin/main", "main\n"],
  ["release/*", "release/2.1/fix"],
  ["v*", "rv1"],
  ["v1.2", "v1x2"],
  ["a+b", "aab"],
];

it("takes the names that a pattern is for, whole, and no others", () => {
  for (const [pattern, ...names] of TAKEN) expect(names.filter((name) => !fits(pattern, name))).toEqual([]);
  for (const [pattern, ...names] of LEFT) expect(names.filter((name) => fits(pattern, name))).toEqual([]);
});

// Backtracking over more wildcards than a pattern may have would not end within the test's time.
it("ends for a name that is made to make it slow", () => {
  expect(fits("**a**a**a**b", "a".repeat(250))).toBe(false);
});
