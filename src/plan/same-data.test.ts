import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalJson } from "./canonical.ts";
import { sameData } from "./same-data.ts";

it("says the same of any two as their canonical texts do", () => {
  const few = fc.jsonValue({ maxDepth: 2 });
  fc.assert(
    fc.property(few, few, (a, b) => {
      expect(sameData(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(sameData(a, JSON.parse(JSON.stringify(a)))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it.each([
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: 1, b: 2 }, { a: 1 }],
  [[1, 2], [1]],
  [[], {}],
  [{ a: null }, {}],
  [{ toString: 1 }, {}],
  [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }],
])("tells %j from %j", (a, b) => {
  expect(sameData(a, b)).toBe(false);
  expect(sameData(b, a)).toBe(false);
});

it("takes a key without a value for none", () => {
  expect(sameData({ a: 1, b: undefined }, { a: 1 })).toBe(true);
});
