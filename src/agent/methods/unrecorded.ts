import { z } from "zod";
import { listOurs } from "../docker/watch-engine.ts";
import { method } from "../method.ts";
import { scopeSchema } from "../protocol.ts";

/** Containers of a scope that nothing is written down of: the agent's record was lost, and it leaves them alone. Changes nothing. */
export const unrecorded = method({
  params: z.strictObject({ scope: scopeSchema }),
  run: async (agent, { scope }) =>
    (await listOurs(await agent.containers.engine(), agent.owner))
      .filter(({ fleet, environment }) => fleet === scope.fleet && environment === scope.environment)
      .filter(({ instance, state }) => state !== "created" && agent.instances.get(instance) === null)
      .map(({ name, service, release }) => ({ name, service, release })),
});
