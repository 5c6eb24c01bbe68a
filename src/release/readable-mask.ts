import type { Plan } from "../plan/plan.ts";
import { Refused } from "../problem.ts";
import { createMask, type Mask } from "../variables/mask.ts";
import type { Workplace } from "./workplace.ts";

/**
 * Hides the secrets of the plan's services as far as who sits here can read them: who approves need not be who deploys, and what one file keeps from him
 * the others still tell.
 */
export async function readableMask(at: Workplace, plan: Plan): Promise<Mask> {
  const names = plan.services.map(({ name }) => name).filter((name) => Object.hasOwn(at.fleet.services, name));
  try {
    const read = await at.variables();
    const found = await Promise.all(names.map((name) => read(plan.environment, name)));
    const variables = found.flatMap((one) => (one.kind === "problems" ? one.found : one.variables.variables));
    return createMask(variables.filter(({ secret }) => secret));
  } catch (error) {
    if (error instanceof Refused) return (text) => text;
    throw error;
  }
}
