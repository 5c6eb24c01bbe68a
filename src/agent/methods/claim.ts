import { z } from "zod";
import { method } from "../method.ts";
import { name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";

/**
 * Issues the next fence of a scope: changes under any earlier one are refused from now on. Answers once router and engine have done what
 * they were told under those: what the new holder sees is what stays.
 */
export const claim = method({
  params: z.strictObject({ scope: scopeSchema, owner: name }),
  run: async (agent, { scope, owner }) => {
    const fence = agent.scopes.claim(scope, owner, agent.clock.now());
    await Promise.all([agent.routers.settled(scope), agent.containers.settled(scope)]);
    return fence;
  },
});
