import { z } from "zod";
import { missingOf, startSurroundings } from "../docker/surroundings.ts";
import { method } from "../method.ts";
import { claimed, name } from "../params.ts";

const parts = { project: name, services: z.array(name).max(1000) };

/** Which other parts of a compose file do not run. Changes nothing. */
export const missing = method({
  params: z.strictObject(parts),
  run: async (agent, of) => missingOf(await agent.containers.engine(), of),
});

/** How long databases and the like have to become well. */
const PATIENCE = 180_000;

/** Starts those that do not run, and waits until all of them are well. Nothing that runs is touched. */
export const surround = method({
  params: z.strictObject({ ...claimed, ...parts, config: z.string() }),
  run: async (agent, { scope, fence, ...of }) => {
    const engine = await agent.containers.engine();
    agent.scopes.check({ scope, fence });
    const { clock, environment, signal } = agent;
    await agent.containers.tracked(
      scope,
      startSurroundings({ engine, ...of, environment, patience: PATIENCE, clock, signal }),
    );
  },
});
