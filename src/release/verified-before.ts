import { type CheckResult, judged } from "../checks/check.ts";
import type { Environment } from "../fleet/fleet.ts";
import { NOTHING_OBSERVED } from "../plan/change.ts";
import type { Observed } from "../plan/observed.ts";
import { type Problem, problem } from "../problem.ts";
import type { Facts } from "./prepare.ts";
import type { Workplace } from "./workplace.ts";

/** What the environment says that `after` names, or that is promoted from; null: there is none. */
export async function lookBefore(
  at: Workplace,
  environment: Environment,
  from: Environment | null,
): Promise<Observed | null> {
  const earlier = from ?? (environment.after === null ? undefined : at.fleet.environments[environment.after]);
  return earlier === undefined ? null : at.target(earlier).observe({ signal: at.signal });
}

/** The same as a check; null: the environment comes after none. */
export function checkAfter(of: Parameters<typeof notVerifiedBefore>[0]): CheckResult | null {
  const { before, changing } = of;
  if (before === null) return null;
  const unproven = notVerifiedBefore(of);
  const evidence = `${changing.length - unproven.length} of ${changing.length} that change were verified in ${before.environment}`;
  return { kind: "after", service: null, took: 0, ...judged(evidence, unproven) };
}

/** `after: staging`: only artifacts that were verified there, whatever was verified since. */
export function notVerifiedBefore({
  environment,
  artifacts,
  changing,
  before,
}: Readonly<{ environment: Environment }> & Pick<Facts, "artifacts" | "changing" | "before">): readonly Problem[] {
  if (before === null) return [];
  return changing
    .filter((name) => {
      const { marks } = before.services[name] ?? NOTHING_OBSERVED;
      return !marks.some(({ revision }) => revision.artifact === artifacts[name]?.artifact);
    })
    .map((name) => {
      const state = artifacts[name];
      const what = (state?.artifact ?? state?.hash.artifact ?? "").slice(7, 19);
      return problem(
        "not-verified-before",
        `${name}: artifact ${what} was never verified in ${before.environment}, and ${environment.name} comes after it`,
        `deploy this commit to ${before.environment} first: \`sampan deploy ${before.environment}\``,
      );
    });
}
