import { z } from "zod";
import type { BackendStats } from "../../router/router.ts";
import type { Agent } from "../agent.ts";
import { method } from "../method.ts";
import { name } from "../params.ts";
import { type Scope, scopeSchema } from "../protocol.ts";
import { countOn } from "../traffic.ts";
import { recordOf } from "./record-of.ts";

/** What the router has counted of a service's instances, and what of it was there before the release. Changes nothing. */
export const traffic = method({
  params: z.strictObject({ scope: scopeSchema, service: name, release: z.string() }),
  run: async (agent, { scope, service, release }) => {
    const said = await statsOf(agent, scope, service);
    const { instances } = countOn(agent.traffic.of(scope, service), release, said);
    return Object.entries(instances).map(([instance, { counts, before }]) => ({ instance, counts, before }));
  },
});

/** What the router says of a service's instances now; nothing where there is no router. */
export async function statsOf(agent: Agent, scope: Scope, service: string): Promise<readonly BackendStats[]> {
  const stats = (await agent.routers.state(scope))?.stats ?? [];
  return stats.filter(({ instance }) => recordOf(agent, scope, instance)?.service === service);
}

type Moving = Readonly<{ scope: Scope; service: string; release: string }>;

/**
 * Asks the router before traffic is moved; what it gives back writes the answer down, in the transaction of the move. Statistics are no reason
 * to refuse a move: where the router does not tell, nothing is written.
 */
export async function noting(agent: Agent, { scope, service, release }: Moving): Promise<() => void> {
  let said: readonly BackendStats[];
  try {
    said = await statsOf(agent, scope, service);
  } catch {
    return () => undefined;
  }
  return () => agent.traffic.put(scope, service, countOn(agent.traffic.of(scope, service), release, said));
}
