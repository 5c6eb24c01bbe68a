import { z } from "zod";
import type { ObservedRoute } from "../../plan/observed.ts";
import { listenSchema, routerSchema } from "../entrance.ts";
import { method } from "../method.ts";
import { scopeSchema } from "../protocol.ts";
import { observedInstance } from "./observed-instance.ts";

/**
 * What runs, what the router itself says, what is marked as verified (newest first). Changes nothing; an agent that has lost its
 * record writes down again what it finds of it.
 */
export const observe = method({
  params: z.strictObject({
    scope: scopeSchema,
    /** It has containers: what runs of it at the engine is known first, where there is one. */
    containers: z.boolean(),
    /** Where the router of this scope listens, and which it is. */
    listen: listenSchema,
    router: routerSchema,
  }),
  run: async (agent, { scope, containers, listen, router: kind }) => {
    if (containers) await agent.containers.engine().catch(() => undefined);
    await agent.routers.find(scope, { listen, router: kind });
    const router = await agent.routers.state(scope);
    const records = () => agent.instances.of(scope).filter(({ goal }) => goal !== "retired");
    await Promise.all(records().map((record) => agent.runtimeOf(record).ready([record])));
    const routes: readonly ObservedRoute[] = (router?.table.services ?? []).map(({ service, match, backends }) => ({
      service,
      match,
      backends: backends.map(({ instance, weight }) => ({ instance, weight })),
    }));
    return {
      instances: records().map((record) => observedInstance(agent, record)),
      routes,
      marks: agent.marks.of(scope).map(({ mark }) => mark),
    };
  },
});
