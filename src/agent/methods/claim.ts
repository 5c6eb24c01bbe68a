import { z } from "zod";
import { method } from "../method.ts";
import { name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";

/** Issues the next fence of a scope: changes under any earlier one are refused from now on. */
export const claim = method({
  params: z.strictObject({ scope: scopeSchema, owner: name }),
  run: (agent, { scope, owner }) => agent.scopes.claim(scope, owner, agent.clock.now()),
});
