import { z } from "zod";
import { sha512t256 } from "../io/digest.ts";
import { readTextIfThere } from "../io/files.ts";
import type { Plan } from "../plan/plan.ts";
import { planIdOf } from "../plan/plan-id.ts";
import { type Problem, problem, Refused } from "../problem.ts";

/** Only what tells a plan from anything else: what is in it is vouched for by its hash. */
const revision = z.looseObject({ artifact: z.string(), commit: z.string(), variables: z.string() });
const action = z.looseObject({ kind: z.string(), revision: revision.optional() });
const shape = z.looseObject({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  formatVersion: z.literal(1),
  environment: z.string(),
  expects: z.string(),
  services: z.array(z.looseObject({ name: z.string(), from: revision.nullable(), to: revision.nullable() })),
  steps: z.array(z.looseObject({ id: z.string(), service: z.string(), action, undo: action.nullable() })),
});

/** A plan that `sampan plan --out` wrote. @throws Refused when it is no plan, was edited, or is for another environment. */
export async function readPlanFile(file: string, environment: string): Promise<Plan> {
  const text = await readTextIfThere(file);
  if (text === null) throw refusal(file, problem("plan-missing", "there is no such plan"));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusal(
      file,
      problem("plan-invalid", "this is no plan: it is not JSON", "write one with `sampan plan ENV --out FILE`"),
    );
  }
  const read = shape.safeParse(value);
  if (!read.success)
    throw refusal(
      file,
      problem("plan-invalid", "this is no plan of this version", "write one with `sampan plan ENV --out FILE`"),
    );
  // As it was read: what the check hands back has its keys in another order.
  const plan = value as Plan;
  const { id, ...body } = plan;
  if (planIdOf(body, sha512t256) !== id)
    throw refusal(
      file,
      problem(
        "plan-edited",
        "this plan was changed after it was made: its hash is another",
        "plan again; what is approved is what runs",
      ),
    );
  if (plan.environment !== environment)
    throw refusal(file, problem("plan-elsewhere", `this plan is for ${plan.environment}, not for ${environment}`));
  return plan;
}

const refusal = (file: string, about: Problem): Refused => new Refused([{ ...about, file }]);
