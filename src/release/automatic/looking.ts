import type { Environment } from "../../fleet/fleet.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Workplace } from "../workplace.ts";

/** A plan that is about to be carried out, and what was found on the way to it. */
export type Looking = Readonly<{
  at: Workplace;
  environment: Environment;
  plan: Plan;
  /** The release's: checks and proofs among it. */
  evidence: Readonly<Record<string, unknown>>;
}>;
