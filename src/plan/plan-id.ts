import { canonicalJson, type Digest } from "./canonical.ts";
import type { Plan } from "./plan.ts";

/**
 * SHA-512/256 (hex) of everything else in a plan. Its lists are written item by item, in the order in which the planner makes an
 * item's keys: sorting those of 70,000 steps would take longer than all the planning.
 */
export const planIdOf = (body: Omit<Plan, "id">, digest: Digest): string => digest(pieces(body));

/** Items that are written at once: few enough to stay small, enough to make a call for each of no account. */
const AT_ONCE = 256;

function* pieces({ services, steps, ...rest }: Omit<Plan, "id">): Generator<string> {
  yield canonicalJson(rest);
  for (const list of [services, steps]) {
    yield `\n${list.length}`;
    for (let from = 0; from < list.length; from += AT_ONCE) yield JSON.stringify(list.slice(from, from + AT_ONCE));
  }
}
