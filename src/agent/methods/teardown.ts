import { z } from "zod";
import { method } from "../method.ts";
import { claimed } from "../params.ts";
import { end } from "./retire.ts";

/** Ends all instances of a scope and its router, undrained. Marks and variables stay. */
export const teardown = method({
  params: z.strictObject({ ...claimed }),
  run: async (agent, params) => {
    const ids = agent.scopes.change(params, () => {
      const wanted = agent.instances.of(params.scope).filter(({ goal }) => goal !== "retired");
      for (const { id } of wanted) agent.instances.update(id, { goal: "stop" });
      return wanted.map(({ id }) => id);
    });
    for (const id of ids) {
      const record = agent.instances.get(id);
      if (record !== null) agent.runtimeOf(record).forget(id);
    }
    await Promise.all([agent.routers.stop(params), ...ids.map((id) => end(agent, params, id))]);
  },
});
