import { z } from "zod";
import { method } from "../method.ts";
import { name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";
import { observedInstance } from "./observed-instance.ts";
import { recordOf } from "./record-of.ts";

/** One instance by its id, a retired one included; null when there is none. */
export const get = method({
  params: z.strictObject({ scope: scopeSchema, id: name }),
  run: (agent, { scope, id }) => {
    const record = recordOf(agent, scope, id);
    return record === null ? null : observedInstance(agent, record);
  },
});
