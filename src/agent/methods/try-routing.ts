import { z } from "zod";
import { listenSchema, routerSchema } from "../entrance.ts";
import { method } from "../method.ts";
import { scopeSchema } from "../protocol.ts";

/** Could the router of this scope be that, there? Changes nothing; faults say why not. */
export const tryRouting = method({
  params: z.strictObject({ scope: scopeSchema, listen: listenSchema, router: routerSchema }),
  run: (agent, { scope, listen, router }) => agent.routers.try(scope, { listen, router }),
});
