import { z } from "zod";
import { method } from "../method.ts";

/** Who is on this host, and who holds it. */
export const scopes = method({
  params: z.strictObject({}),
  run: (agent) =>
    agent.scopes.all().map((scope) => {
      const known = agent.scopes.get(scope);
      return {
        scope,
        fence: known?.fence ?? 0,
        owner: known?.owner ?? "",
        listen: known?.entrance?.listen ?? null,
        instances: agent.instances.of(scope).filter(({ goal }) => goal !== "retired").length,
      };
    }),
});
