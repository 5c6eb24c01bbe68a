import { z } from "zod";
import { StepFault } from "../../fault.ts";
import { method } from "../method.ts";
import { claimed, name } from "../params.ts";
import { noSuchInstance, recordOf } from "./record-of.ts";

/** Starts a retired instance again under its old id; one that runs is left alone, one that was only drained comes back. */
export const revive = method({
  params: z.strictObject({ ...claimed, id: name }),
  run: async (agent, params) => {
    const { scope, id } = params;
    agent.scopes.check(params);
    const before = recordOf(agent, scope, id);
    if (before === null) throw noSuchInstance(id);
    const runtime = agent.runtimeOf(before);
    await runtime.ready([before]);
    agent.scopes.check(params);
    if (before.goal === "run") return await runtime.start([id]);
    if (before.goal === "stop" && before.terminating) {
      // It was told to end and will: it cannot be talked out of it, only started anew.
      await runtime.end(id, {
        timeout: before.spec.stop.timeout,
        permit: () => agent.scopes.check(params),
      });
    }
    const ports = before.port === null ? [] : await agent.ports.reserve(1, before.goal === "stop" ? null : before.port);
    try {
      agent.scopes.change(params, () => {
        const record = recordOf(agent, scope, id);
        if (record === null) throw noSuchInstance(id);
        if (record.goal === "run") return;
        if (agent.secrets.reveal(scope, record.service, record.revision.variables) === null) throw notThere(id);
        const { lives } = runtime.look(record);
        agent.instances.update(id, {
          goal: "run",
          terminating: false,
          restarts: 0,
          lastExit: null,
          ...(lives ? {} : { generation: record.generation + 1, port: ports[0] ?? null, pid: null, stamp: null }),
        });
      });
      await runtime.start([id]);
    } finally {
      agent.ports.release(ports);
    }
  },
});

const notThere = (id: string) =>
  new StepFault({ code: "variables-missing", message: `The variables of ${id} are not on this host any more` });
