import { z } from "zod";
import type { ObservedRoute } from "../../plan/observed.ts";
import { method } from "../method.ts";
import { scopeSchema } from "../protocol.ts";
import { observedInstance } from "./observed-instance.ts";

/** What runs, what the router itself says, what is marked as verified (newest first). Changes nothing. */
export const observe = method({
  params: z.strictObject({ scope: scopeSchema }),
  run: async (agent, { scope }) => {
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
