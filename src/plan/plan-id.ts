import { canonicalJson, type Digest } from "./canonical.ts";
import type { Plan } from "./plan.ts";

/**
 * SHA-256 (hex) of everything else in a plan. Its lists are written item by item, in the order in which the planner makes an
 * item's keys: sorting those of 70,000 steps would take longer than all the planning.
 */
export const planIdOf = (body: Omit<Plan, "id">, digest: Digest): string => digest(pieces(body));

function* pieces({ services, steps, ...rest }: Omit<Plan, "id">): Generator<string> {
  yield canonicalJson(rest);
  for (const list of [services, steps]) {
    yield "\n[";
    for (const item of list) yield `${JSON.stringify(item)},`;
    yield "]";
  }
}
