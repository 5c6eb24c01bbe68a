import { expect, it } from "vitest";
import { deployedOf, desiredOf, serviceOf } from "../../test/fleet-samples.ts";
import { sha256 } from "../io/digest.ts";
import { makePlan } from "../plan/make-plan.ts";
import { forward } from "./forward.ts";

const fleet = (version: string, concurrency: number) =>
  desiredOf([serviceOf("auth", version), serviceOf("blog", version, { needs: ["auth"] })], { concurrency });

it.each([1, 4])("begins what others wait for before the old instances' end, %d at a time", (concurrency) => {
  const plan = makePlan(fleet("2", concurrency), deployedOf(fleet("1", concurrency)), sha256);
  const ahead = forward(plan, new Set());
  const begun: string[] = [];
  for (let step = ahead.next(); step !== null; step = ahead.next()) {
    begun.push(step.id);
    ahead.finished(step);
  }
  expect([...begun].sort()).toEqual(plan.steps.map(({ id }) => id).sort());
  // Both are ready once the traffic has moved.
  expect(begun.indexOf("blog.bring")).toBeGreaterThan(begun.indexOf("auth.shift"));
  expect(begun.indexOf("auth.retire")).toBeGreaterThan(begun.indexOf("blog.bring"));
});
