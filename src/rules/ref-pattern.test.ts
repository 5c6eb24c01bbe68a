import { expect, it } from "vitest";
import { fits } from "./ref-pattern.ts";

it.each([
  ["main", "main", true],
  ["main", "maintenance", false],
  ["main", "origin/main", false],
  ["release/*", "release/2.1", true],
  ["release/*", "release/2.1/fix", false],
  ["release/**", "release/2.1/fix", true],
  ["v*", "v1.2.3", true],
  ["v*", "rv1", false],
  ["v1.2", "v1x2", false],
  ["v*", "v1\nmain", true],
  ["main", "main\n", false],
  ["*-fix", "hot-fix", true],
  ["a+b", "aab", false],
])("%s and %j: %s", (pattern, name, expected) => {
  expect(fits(pattern, name)).toBe(expected);
});

// Backtracking over more wildcards than a pattern may have would not end within the test's time.
it("ends for a name that is made to make it slow", () => {
  expect(fits("**a**a**a**b", "a".repeat(250))).toBe(false);
});
