import { sha512t256 } from "../io/digest.ts";
import { expectsOf } from "../plan/expects.ts";
import { foreignTo } from "../plan/foreign.ts";
import type { Observed } from "../plan/observed.ts";
import type { Plan } from "../plan/plan.ts";
import { problem, Refused } from "../problem.ts";

/** What the plan was made for is still there. @throws Refused (exit 3). */
export function expectNoDrift(plan: Plan, observed: Observed): void {
  if (expectsOf(observed, sha512t256) === plan.expects) return;
  throw new Refused(
    [
      problem(
        "plan-drifted",
        `what runs in ${plan.environment} is no longer what plan ${plan.id.slice(0, 12)} was made for`,
        `plan again: \`sampan plan ${plan.environment}\``,
      ),
    ],
    3,
  );
}

/** A journal says what its own release did; what another did since is in no plan of it. */
export function expectNobodyElse(
  { plan, release }: Readonly<{ plan: Plan; release: string }>,
  observed: Observed,
): void {
  const [first] = foreignTo(plan, release, observed);
  if (first === undefined) return;
  throw new Refused(
    [
      problem(
        "plan-drifted",
        `release ${release} cannot go on: ${first} since it was cut off`,
        `plan again from what is there: \`sampan deploy ${plan.environment}\``,
      ),
    ],
    3,
  );
}
