import { z } from "zod";
import { method } from "../method.ts";

/** Ends the agent alone, once it has answered: instances and routers go on. */
export const shutdown = method({
  params: z.strictObject({}),
  run: (agent) => agent.stop(),
});
