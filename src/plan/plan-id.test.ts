import { describe, expect, it } from "vitest";
import { desiredOf, serviceOf } from "../../test/fleet-samples.ts";
import { sha256 } from "../io/digest.ts";
import { makePlan } from "./make-plan.ts";
import { planIdOf } from "./plan-id.ts";

const desired = desiredOf([serviceOf("auth", "1"), serviceOf("blog", "1", { needs: ["auth"] })]);
const { id, ...body } = makePlan(desired, { environment: "staging", services: {} }, sha256);

const altered = (kind: string, part: object) => (step: (typeof body.steps)[number]) =>
  step.service === "auth" && step.action.kind === kind
    ? ({ ...step, action: { ...step.action, ...part } } as typeof step)
    : step;
const withoutRevision = altered("gate", { revision: undefined });
const named = altered("gate", { revision: "to" });
const doubled = altered("mark", { spec: { ...serviceOf("auth", "1").spec, replicas: 2 } });

describe("the id of a plan", () => {
  it("is the same for what was written to a file and read again", () => {
    const { id: read, ...again } = JSON.parse(JSON.stringify({ id, ...body }));
    expect(read).toBe(id);
    expect(planIdOf(again, sha256)).toBe(id);
  });

  it.each([
    ["a step taken away", { steps: body.steps.slice(1) }],
    ["two steps swapped", { steps: [...body.steps].reverse() }],
    ["a step that waits for nothing", { steps: body.steps.map((step) => ({ ...step, after: [] })) }],
    ["a service taken away", { services: body.services.slice(1) }],
    ["another environment", { environment: "production" }],
    ["another way to fail", { onFailure: "halt" as const }],
    ["something added", { more: true }],
    ["a gate for another revision", { steps: body.steps.map(withoutRevision) }],
    ["a gate for a revision that only looks like what is written for it", { steps: body.steps.map(named) }],
    ["a mark of another spec", { steps: body.steps.map(doubled) }],
  ])("is another one for %s", (_, change) => {
    expect(planIdOf({ ...body, ...change }, sha256)).not.toBe(id);
  });
});
