import { z } from "zod";
import { method } from "../method.ts";
import { fingerprint, name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";

/** The only answer that holds values of variables. Null: they are not here. */
export const reveal = method({
  params: z.strictObject({ scope: scopeSchema, service: name, fingerprint }),
  run: (agent, params) => agent.secrets.reveal(params.scope, params.service, params.fingerprint),
});
