import { z } from "zod";
import type { Agent } from "../agent.ts";
import { method } from "../method.ts";
import { claimed, name } from "../params.ts";
import type { Claimed } from "../state/scopes.ts";
import { recordOf } from "./record-of.ts";

/** Out of the router, drained, SIGTERM, SIGKILL, gone. Already gone, or never there, is success. */
export const retire = method({
  params: z.strictObject({ ...claimed, id: name }),
  run: async (agent, params) => {
    const { scope, id } = params;
    agent.scopes.check(params);
    const record = recordOf(agent, scope, id);
    if (record === null || record.goal === "retired") return;
    await withdraw(agent, params, id);
    if (record.port !== null) await agent.routers.drained(scope, id, record.spec.stop.drain);
    await end(agent, params, id);
  },
});

/** From here on it is not started again when it dies, and gets no new request. */
async function withdraw(agent: Agent, claim: Claimed, id: string): Promise<void> {
  const stopping = () => {
    const record = agent.instances.get(id);
    if (record?.goal === "run") agent.instances.update(id, { goal: "stop" });
    if (record !== null) agent.runtimeOf(record).forget(id);
  };
  const routed = agent.routes.of(claim.scope).some(({ backends }) => backends.some(({ instance }) => instance === id));
  if (!routed) {
    agent.scopes.change(claim, stopping);
    return;
  }
  await agent.routers.change(claim, {
    entrance: null,
    routes: (now) =>
      now.map((route) => ({ ...route, backends: route.backends.filter(({ instance }) => instance !== id) })),
    also: stopping,
  });
}

/** Ends what runs of an instance that is withdrawn; the fence is compared in the tick of each signal. */
export async function end(agent: Agent, claim: Claimed, id: string): Promise<void> {
  const record = agent.instances.get(id);
  if (record === null || record.goal === "retired") return;
  agent.scopes.change(claim, () => agent.instances.update(id, { terminating: true }));
  await agent.runtimeOf(record).end(id, {
    timeout: record.spec.stop.timeout,
    permit: () => agent.scopes.check(claim),
  });
  if (agent.instances.get(id)?.goal !== "stop") return;
  agent.logs.note(id, "retired");
  agent.instances.update(id, { goal: "retired", terminating: false, pid: null, stamp: null });
}
