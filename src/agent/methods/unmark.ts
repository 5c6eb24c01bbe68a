import { z } from "zod";
import { method } from "../method.ts";
import { claimed, name } from "../params.ts";

/** The service is gone from this environment: so are its marks. */
export const unmark = method({
  params: z.strictObject({ ...claimed, service: name }),
  run: (agent, params) => {
    agent.scopes.change(params, () => {
      agent.marks.removeAll(params.scope, params.service);
      agent.traffic.remove(params.scope, params.service);
    });
  },
});
