import { z } from "zod";
import { method } from "../method.ts";
import { claimed, mark as markSchema, name } from "../params.ts";

/** Writes down that a revision is verified here. */
export const mark = method({
  params: z.strictObject({ ...claimed, operationId: name, mark: markSchema }),
  run: (agent, params) => {
    agent.scopes.change(params, () =>
      agent.marks.add(params.scope, params.operationId, { ...params.mark, at: agent.clock.now() }),
    );
  },
});
