import { expect, it } from "vitest";
import { unfinishedSince, unfinishedTag } from "./unfinished.ts";
import { isYoung } from "./young.ts";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const HOUR = 3_600_000;
const begun = (at: number) => `registry.example:5000/a/b:${unfinishedTag(at, "00c0ffee")}`;

it.each([
  ["named a minute ago", ["a:1"], NOW - 60_000, true],
  ["named two hours ago", ["a:1"], NOW - 2 * HOUR, false],
  ["named by somebody else, who knows when", ["a:1"], 0, false],
  ["pulled by its digest, which is no name", [], 0, false],
  ["whose build began two hours ago", [begun(NOW - 2 * HOUR)], 0, true],
  ["whose build began two days ago", [begun(NOW - 48 * HOUR)], 0, false],
  ["of a build that does not say when", ["a:unfinished-00c0ffee00c0ffee"], 0, false],
] as const)("one %s", (_, tags, taggedAt, young) => {
  expect(isYoung({ tags, taggedAt }, NOW)).toBe(young);
});

it("an unfinished build's name tells when it began, and no other name does", () => {
  expect(unfinishedSince(begun(NOW))).toBe(NOW);
  expect(unfinishedSince("unfinished-1-2/name:3")).toBeNull();
  expect(unfinishedSince("a:tree-unfinished-1")).toBeNull();
});
