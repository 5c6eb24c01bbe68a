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
    const said = ownOf(agent, { scope, service }, await allStats(agent, scope));
    const { instances } = countOn(agent.traffic.of(scope, service), release, said);
    return Object.entries(instances).map(([instance, { counts, before }]) => ({ instance, counts, before }));
  },
});

export const allStats = async (agent: Agent, scope: Scope): Promise<readonly BackendStats[]> =>
  (await agent.routers.state(scope))?.stats ?? [];

type Moving = Readonly<{ scope: Scope; service: string; release: string }>;

/** Writes down what the router had counted before a release goes on: it forgets who is not routed to any more. */
export const note = (agent: Agent, { scope, service, release }: Moving, stats: readonly BackendStats[]): void =>
  agent.traffic.put(
    scope,
    service,
    countOn(agent.traffic.of(scope, service), release, ownOf(agent, { scope, service }, stats)),
  );

const ownOf = (agent: Agent, { scope, service }: Omit<Moving, "release">, stats: readonly BackendStats[]) =>
  stats.filter(({ instance }) => recordOf(agent, scope, instance)?.service === service);
