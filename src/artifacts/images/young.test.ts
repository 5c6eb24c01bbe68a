import { expect, it } from "vitest";
import { isYoung } from "./young.ts";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const HOUR = 3_600_000;

it.each([
  ["named a minute ago", ["a:1"], NOW - 60_000, true],
  ["named two hours ago", ["a:1"], NOW - 2 * HOUR, false],
  ["named, and the engine has not written down when", ["a:1"], 0, true],
  ["pulled by its digest, which is no name", [], 0, false],
] as const)("one %s", (_, tags, taggedAt, young) => {
  expect(isYoung({ tags, taggedAt }, NOW)).toBe(young);
});
