import fc from "fast-check";
import { expect, test } from "vitest";
import { choose } from "./choose.ts";

test("a heavy one's turns are spread out", () => {
  const candidates = [
    { name: "a", weight: 5, current: 0 },
    { name: "b", weight: 1, current: 0 },
    { name: "c", weight: 1, current: 0 },
  ];
  const turns = Array.from({ length: 7 }, () => choose(candidates)?.name);
  expect(turns.join("")).toBe("aabacaa");
});

test("over whole rounds each gets exactly its weight, and weight 0 nothing", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
      (weights, rounds) => {
        const candidates = weights.map((weight) => ({ weight, current: 0, got: 0 }));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let turn = 0; turn < total * rounds; turn += 1) {
          const chosen = choose(candidates);
          if (chosen !== null) chosen.got += 1;
        }
        expect(candidates.map(({ got }) => got)).toEqual(weights.map((weight) => weight * rounds));
      },
    ),
  );
});

test("nobody may get anything", () => {
  expect(choose([])).toBeNull();
  expect(choose([{ weight: 0, current: 0 }])).toBeNull();
});
