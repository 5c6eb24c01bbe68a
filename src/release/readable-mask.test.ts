import { expect, test } from "vitest";
import type { Plan } from "../plan/plan.ts";
import { problem, Refused } from "../problem.ts";
import type { Variable } from "../variables/variable.ts";
import { readableMask } from "./readable-mask.ts";
import type { Workplace } from "./workplace.ts";

const token: Variable = {
  ...{ name: "TOKEN", value: "a-long-enough-value", secret: true, rotates: false, optional: false, reference: null },
  source: { kind: "process", name: "TOKEN" },
};
const workplace = (variables: Workplace["variables"]): Workplace =>
  ({ fleet: { services: { blog: {} } }, variables }) as unknown as Workplace;
const plan = { environment: "production", services: [{ name: "blog" }, { name: "removed" }] } as unknown as Plan;

test("what can be read is masked, though another file of the environment cannot", async () => {
  const at = workplace(async () => async () => ({
    kind: "problems",
    problems: [problem("x", "x")],
    found: [token],
    declared: [],
  }));
  expect((await readableMask(at, plan))("it is a-long-enough-value")).toBe("it is ‹masked:TOKEN›");
});

test("who can read nothing at all can confirm all the same", async () => {
  const at = workplace(async () => {
    throw new Refused([problem("unreadable-age-key", "x")]);
  });
  expect((await readableMask(at, plan))("it is told")).toBe("it is told");
});
