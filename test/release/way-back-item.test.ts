import { afterEach, beforeEach, expect, it } from "vitest";
import type { Plan } from "../../src/plan/plan.ts";
import { rollbackPossible } from "../../src/release/automatic/rollback-possible.ts";
import type { Workplace } from "../../src/release/workplace.ts";
import { workers } from "./workers.ts";

let fleet: Awaited<ReturnType<typeof workers>>;
let at: Workplace;
beforeEach(async () => {
  fleet = await workers(["auth"]);
  at = await fleet.deployer();
});
afterEach(() => fleet.close());

const found = (plan: Plan, over: Partial<Workplace> = {}, evidence: Readonly<Record<string, unknown>> = {}) =>
  rollbackPossible({ at: { ...at, ...over }, environment: fleet.environment, plan, evidence });

it("is a way back to nothing before a first deployment, then to what is verified, as long as that is whole", async () => {
  expect(await found(await fleet.plan(at, "one"))).toMatchObject({
    verdict: "passed",
    evidence: expect.stringContaining("auth goes back to nothing"),
  });
  expect(await fleet.deploy(at, "one")).toMatchObject({ status: "verified" });
  const plan = await fleet.plan(at, "two");
  expect(await found(plan)).toMatchObject({
    verdict: "passed",
    evidence: expect.stringContaining("auth goes back to "),
  });
  const artifacts = { ...at.artifacts(fleet.environment), there: async () => false };
  expect(await found(plan, { artifacts: () => artifacts })).toMatchObject({
    verdict: "failed",
    evidence: expect.stringContaining("is not there any more"),
  });
  const target = { ...fleet.target, staged: async () => false };
  expect(await found(plan, { target: () => target })).toMatchObject({
    verdict: "failed",
    evidence: expect.stringContaining("variables of auth"),
  });
  const away = { ...fleet.target, observe: () => Promise.reject(new Error("nobody answers")) };
  expect(await found(plan, { target: () => away })).toMatchObject({
    verdict: "inconclusive",
    evidence: "staging could not be asked: nobody answers",
  });
});

it("is said of each migration by what was proven of it", async () => {
  expect(await fleet.deploy(at, "one")).toMatchObject({ status: "verified" });
  const plan = await fleet.plan(at, "two");
  const migrating = (rollback: unknown, phase = "expand"): Plan => {
    const files = [{ name: "0001_a", sha256: "x", phase, rollback }];
    const step = { id: "auth.migrate", service: "auth", action: { kind: "migrate", files }, after: [], undo: null };
    return { ...plan, steps: [...plan.steps, step as unknown as Plan["steps"][number]] };
  };
  const proven = (data: readonly string[]) => ({
    proofs: [{ service: "auth", files: [], data: data.map((name) => ({ name })), parts: [] }],
  });
  expect((await found(migrating("keep"))).verdict).toBe("passed");
  expect((await found(migrating("revert"))).verdict).toBe("passed");
  expect(await found(migrating({ noWayBack: [{ table: "public.a", loss: "1 row" }] }))).toMatchObject({
    verdict: "failed",
    evidence: "auth: 0001_a has no way back that loses nothing",
  });
  // Data that is filled in was proven with the rest, and stays.
  expect(await found(migrating(null, "data"), {}, proven(["0001_a"]))).toMatchObject({
    verdict: "passed",
    evidence: expect.stringContaining("of 1 migrations 1 stay and 0 are taken back"),
  });
  for (const [phase, data] of [
    ["data", ["0002_b"]],
    ["expand", []],
    ["contract", ["0001_a"]],
  ] as const)
    expect((await found(migrating(null, phase), {}, proven(data))).verdict).toBe("inconclusive");
});
