import { z } from "zod";
import { method } from "../method.ts";
import { name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";
import { observedInstance } from "./observed-instance.ts";
import { recordOf } from "./record-of.ts";

/**
 * One instance by its id, a retired one included; null when there is none. Costs less than to observe all. `check`: it has been seen to
 * answer, so that its container's own health check is worth being run now.
 */
export const get = method({
  params: z.strictObject({ scope: scopeSchema, id: name, check: z.boolean() }),
  run: async (agent, { scope, id, check }) => {
    const record = recordOf(agent, scope, id);
    if (record === null) return null;
    if (record.goal !== "retired") {
      const runtime = agent.runtimeOf(record);
      await runtime.ready([record]);
      if (check) await runtime.check(record);
    }
    const now = recordOf(agent, scope, id);
    return now === null ? null : observedInstance(agent, now);
  },
});
