import { describe, expect, it } from "vitest";
import { desiredOf, migrationsOf, plannedOf, serviceOf } from "../../test/fleet-samples.ts";
import { sha256 } from "../io/digest.ts";
import type { Desired } from "./desired.ts";
import { inOrder } from "./estimate.ts";
import { makePlan } from "./make-plan.ts";
import type { StepId } from "./plan.ts";

const down = migrationsOf({ down: [plannedOf("0002_more")], downSource: "/bundles/newer", level: "0001_first" });

function ancestors(onFailure: Desired["onFailure"]): ReadonlyMap<StepId, ReadonlySet<StepId>> {
  const services = [
    serviceOf("auth", "one", { migrations: down }),
    serviceOf("blog", "one", { needs: ["auth"], migrations: down }),
    serviceOf("points", "one", { needs: ["auth"] }),
  ];
  const plan = makePlan(
    desiredOf(services, { direction: "back", onFailure }),
    { environment: "staging", services: {} },
    sha256,
  );
  const all = new Map<StepId, Set<StepId>>();
  for (const step of inOrder(plan.steps)) {
    all.set(step.id, new Set(step.after.flatMap((id) => [id, ...(all.get(id) ?? [])])));
  }
  expect(all.size).toBe(plan.steps.length);
  return all;
}

describe("taking migrations back", () => {
  it("waits until nothing of the release can be thrown back any more", () => {
    const before = ancestors("release");
    for (const id of ["auth.migrate-down", "blog.migrate-down"]) {
      for (const gate of ["auth.logs", "blog.logs", "points.logs"]) expect(before.get(id)).toContain(gate);
    }
  });

  it("waits for its own service where the others stand for themselves", () => {
    const before = ancestors("service");
    expect(before.get("blog.migrate-down")).toContain("blog.logs");
    expect(before.get("blog.migrate-down")).not.toContain("auth.logs");
  });
});
