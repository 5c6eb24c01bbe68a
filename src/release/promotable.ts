import type { Environment } from "../fleet/fleet.ts";
import { NOTHING_OBSERVED } from "../plan/change.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import type { Facts } from "./prepare.ts";

/** @throws Refused where what one environment verified can say nothing for the other. */
export function expectPromotable(from: Environment, to: Environment): void {
  const refuse = (code: string, message: string, hint: string): never => {
    throw new Refused([problem(code, message, hint)]);
  };
  if (from.name === to.name)
    refuse("same-environment", `${from.name} cannot be promoted to itself`, "name two of them");
  if ((from.target.kind === "process") !== (to.target.kind === "process")) {
    const message = `what ${from.name} verifies, ${to.name} cannot run: a bundle is no image`;
    refuse("after-other-kind", message, "let both run containers, or both processes");
  }
  if (to.after !== null && to.after !== from.name) {
    const message = `${to.name} comes after ${to.after}, not after ${from.name}`;
    refuse("not-after", message, `\`sampan promote ${to.after} ${to.name}\``);
  }
}

/**
 * Promoted is what the environment has verified last, and is there still: of each service that would change, why this commit's artifact is
 * not that.
 */
export function notPromotable({
  changing,
  artifacts,
  before,
}: Pick<Facts, "changing" | "artifacts" | "before">): readonly Problem[] {
  if (before === null) return [];
  const from = before.environment;
  return changing.flatMap((name): readonly Problem[] => {
    const { marks } = before.services[name] ?? NOTHING_OBSERVED;
    const [newest] = marks;
    const state = artifacts[name];
    const artifact = state?.artifact ?? null;
    if (newest === undefined) {
      const message = `${name}: ${from} has verified nothing of it`;
      return [problem("not-verified-before", message, `deploy it there first: \`sampan deploy ${from}\``)];
    }
    const commit = newest.revision.commit.slice(0, 7);
    if (artifact === newest.revision.artifact) {
      if (state?.found != null) return [];
      const message = `${name}: what ${from} has verified (${commit}) is not there any more, and is not built again`;
      return [problem("artifact-gone", message, `deploy it to ${from} again: \`sampan deploy ${from}\``)];
    }
    const hint = `check out what ${from} has verified (${commit}), or deploy this commit there first`;
    if (marks.some(({ revision }) => revision.artifact === artifact)) {
      const message = `${name}: this commit's is older than what ${from} has verified last (${commit})`;
      return [problem("older-than-verified", message, hint)];
    }
    const what = (artifact ?? state?.hash.artifact ?? "").slice(7, 19);
    return [problem("not-verified-before", `${name}: artifact ${what} was never verified in ${from}`, hint)];
  });
}
