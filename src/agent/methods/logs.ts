import { z } from "zod";
import { logLines } from "../instances/log-lines.ts";
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
    return logLines(agent.logs.file(id, record.generation), { follow, signal, clock: agent.clock });
  },
});
