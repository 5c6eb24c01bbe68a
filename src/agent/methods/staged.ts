import { z } from "zod";
import { method } from "../method.ts";
import { fingerprint, name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";

export const staged = method({
  params: z.strictObject({ scope: scopeSchema, service: name, fingerprint }),
  run: (agent, params) => agent.secrets.reveal(params.scope, params.service, params.fingerprint) !== null,
});
