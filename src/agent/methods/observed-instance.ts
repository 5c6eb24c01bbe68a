import type { InstanceState, ObservedInstance } from "../../plan/observed.ts";
import type { Agent } from "../agent.ts";
import type { InstanceRecord } from "../state/instances.ts";

/** An instance as others see it. */
export function observedInstance(agent: Agent, record: InstanceRecord): ObservedInstance {
  const { lives, pid, container } = agent.runtimeOf(record).look(record);
  return {
    id: record.id,
    service: record.service,
    revision: record.revision,
    operationId: record.operationId,
    release: record.release,
    state: stateOf(record, lives),
    pid,
    address: record.port === null ? null : { host: "127.0.0.1", port: record.port },
    restarts: record.restarts,
    lastExit: record.lastExit,
    startedAt: record.startedAt,
    container,
  };
}

function stateOf(record: InstanceRecord, lives: boolean): InstanceState {
  if (record.goal === "retired") return "retired";
  if (record.goal === "stop") return "stopping";
  return lives ? "running" : "restarting";
}
