import type { Plan } from "../plan/plan.ts";
import { Refused } from "../problem.ts";
import type { Mask } from "../variables/mask.ts";
import { readConfiguration } from "./configuration.ts";
import type { Workplace } from "./workplace.ts";

/** Hides the secrets of the plan's services as far as who sits here can read them: who approves need not be who deploys. */
export async function readableMask(at: Workplace, plan: Plan): Promise<Mask> {
  const names = plan.services.map(({ name }) => name).filter((name) => Object.hasOwn(at.fleet.services, name));
  try {
    return (await readConfiguration(at, plan.environment, names)).mask;
  } catch (error) {
    if (error instanceof Refused) return (text) => text;
    throw error;
  }
}
