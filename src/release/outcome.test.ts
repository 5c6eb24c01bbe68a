import { expect, it } from "vitest";
import { desiredOf, serviceOf } from "../../test/fleet-samples.ts";
import type { JournalRecord } from "../engine/journal.ts";
import { sha256 } from "../io/digest.ts";
import { makePlan } from "../plan/make-plan.ts";
import { outcomeOf } from "./outcome.ts";

const plan = makePlan(desiredOf([serviceOf("auth", "one")]), { environment: "staging", services: {} }, sha256);
const failed = (step: string, at: number): JournalRecord => ({
  kind: "failed",
  at,
  step,
  way: "do",
  took: 1,
  fault: { code: "agent-unreachable", message: "no answer", evidence: "" },
  gate: null,
  halts: false,
});
const done = (step: string, at: number): JournalRecord => ({ kind: "done", at, step, way: "do", took: 1, outcome: {} });

it("tells of a failure no more once the step has been done after all", () => {
  const steps = plan.steps.map(({ id }, index) => done(id, index + 10));
  const records = [failed("auth.mark", 1), ...steps];
  const all = { plan, release: "r1", took: 20, evidence: {} };
  expect(outcomeOf({ ...all, status: "verified", records })).toMatchObject({
    problems: [],
    services: [{ status: "verified" }],
  });
  expect(
    outcomeOf({ ...all, status: "halted", records: [...steps.slice(0, -1), failed("auth.mark", 30)] }),
  ).toMatchObject({
    problems: [{ code: "agent-unreachable", message: "auth.mark: no answer" }],
  });
});
