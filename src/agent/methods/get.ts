import { z } from "zod";
import { method } from "../method.ts";
import { name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";
import { observedInstance } from "./observed-instance.ts";
import { recordOf } from "./record-of.ts";

/** One instance by its id, a retired one included; null when there is none. Costs less than to observe all. */
export const get = method({
  params: z.strictObject({ scope: scopeSchema, id: name }),
  run: async (agent, { scope, id }) => {
    const record = recordOf(agent, scope, id);
    if (record === null) return null;
    if (record.goal !== "retired") await agent.runtimeOf(record).ready([record]);
    const now = recordOf(agent, scope, id);
    return now === null ? null : observedInstance(agent, now);
  },
});
