import { z } from "zod";
import { method } from "../method.ts";
import { claimed, fingerprint, name, variables } from "../params.ts";

/** Keeps the values of a revision's variables, and the current ones of those that rotate. */
export const stage = method({
  params: z.strictObject({ ...claimed, service: name, fingerprint, variables, rotates: variables }),
  run: (agent, { scope, fence, ...staged }) => {
    agent.scopes.check({ scope, fence });
    agent.secrets.stage(scope, staged);
  },
});
