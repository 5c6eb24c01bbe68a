import { z } from "zod";
import { StepFault } from "../../fault.ts";
import type { Route } from "../../fleet/fleet.ts";
import type { Agent } from "../agent.ts";
import { listenSchema, routerSchema } from "../entrance.ts";
import { method } from "../method.ts";
import { claimed, name, routes } from "../params.ts";
import type { RouteRecord } from "../state/routes.ts";
import { noSuchInstance, recordOf } from "./record-of.ts";
import { note } from "./traffic.ts";

const params = z.strictObject({
  ...claimed,
  release: z.string(),
  service: name,
  match: routes,
  backends: z.array(z.strictObject({ instance: name, weight: z.number().min(0).max(1_000_000) })),
  /** Where the router of this scope listens, and which it is. */
  listen: listenSchema,
  router: routerSchema,
});
type Shift = z.infer<typeof params>;

/** Makes the router send a service's requests exactly there; no backends: the route goes away. */
export const shift = method({
  params,
  run: async (agent, to) => {
    agent.scopes.check(to);
    await agent.routers.change(to, {
      entrance: { listen: to.listen, router: to.router },
      counted: (stats) => note(agent, to, stats),
      routes: (now) => {
        const others = now.filter(({ service }) => service !== to.service);
        if (to.backends.length === 0) return others;
        refuseUnroutable(agent, to);
        refuseConflicts(others, to);
        return [...others, { service: to.service, match: to.match, backends: to.backends }];
      },
    });
  },
});

function refuseUnroutable(agent: Agent, { scope, service, backends }: Shift): void {
  for (const { instance } of backends) {
    const record = recordOf(agent, scope, instance);
    if (record === null || record.goal === "retired") throw noSuchInstance(instance);
    if (record.service !== service || record.port === null) {
      throw new StepFault({
        code: "not-routable",
        message: `${instance} cannot be routed to for ${service}: ${record.port === null ? "it listens on nothing" : `it is one of ${record.service}`}`,
      });
    }
  }
}

function refuseConflicts(others: readonly RouteRecord[], to: Shift): void {
  const wanted = new Set(to.match.map(keyOf));
  for (const other of others) {
    const clash = other.match.map(keyOf).find((key) => wanted.has(key));
    if (clash === undefined) continue;
    throw new StepFault({
      code: "route-conflict",
      message: `${clash} is ${other.service}'s already; ${to.service} cannot have it too`,
    });
  }
}

const keyOf = (route: Route): string =>
  route.kind === "prefix" ? `prefix ${route.prefix}` : `host ${route.host.toLowerCase()}`;
