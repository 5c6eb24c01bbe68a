import { z } from "zod";
import { stream } from "../method.ts";
import { name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";
import { noSuchInstance, recordOf } from "./record-of.ts";

/** Lines of one instance since it was brought or revived; each item is a batch of them. */
export const logs = stream({
  params: z.strictObject({ scope: scopeSchema, id: name, follow: z.boolean() }),
  items: (agent, { scope, id, follow }, signal) => {
    const record = recordOf(agent, scope, id);
    if (record === null) throw noSuchInstance(id);
    return agent.runtimeOf(record).logs(record, { follow, signal });
  },
});
