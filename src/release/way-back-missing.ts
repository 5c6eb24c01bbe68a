import type { Environment } from "../fleet/fleet.ts";
import type { VerifiedMark } from "../plan/observed.ts";
import { type Problem, problem } from "../problem.ts";
import type { Workplace } from "./workplace.ts";

/** What a way back to this mark lacks: its configuration, its artifact. Empty: it is whole. */
export async function wayBackMissing(
  { at, environment }: Readonly<{ at: Workplace; environment: Environment }>,
  service: string,
  mark: VerifiedMark,
): Promise<readonly Problem[]> {
  const found: Problem[] = [];
  if (!(await at.target(environment).staged(service, mark.revision.variables, { signal: at.signal }))) {
    found.push(
      problem(
        "configuration-gone",
        `the variables of ${service} as ${mark.release} verified it are not kept any more`,
        "deploy the wanted commit instead",
      ),
    );
  }
  const kind = at.artifacts(environment);
  if (!(await kind.there({ service, source: mark.source, signal: at.signal }))) {
    found.push(
      problem(
        "artifact-gone",
        `the ${kind.kind} of ${service} as ${mark.release} verified it is not there any more`,
        "check out its commit and deploy that",
      ),
    );
  }
  return found;
}
