import { z } from "zod";
import { method } from "../method.ts";
import { variables } from "../params.ts";
import { scopeSchema } from "../protocol.ts";

/** HMAC-SHA-256 (hex) of variables under a key that never leaves this host. */
export const fingerprint = method({
  params: z.strictObject({ scope: scopeSchema, variables }),
  run: (agent, params) => agent.secrets.fingerprint(params.scope, params.variables),
});
