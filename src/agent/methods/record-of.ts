import { StepFault } from "../../fault.ts";
import type { Agent } from "../agent.ts";
import type { Scope } from "../protocol.ts";
import type { InstanceRecord } from "../state/instances.ts";

/** An instance of this scope; those of another are as good as not there. */
export function recordOf(agent: Agent, scope: Scope, id: string): InstanceRecord | null {
  const record = agent.instances.get(id);
  if (record === null) return null;
  return record.scope.fleet === scope.fleet && record.scope.environment === scope.environment ? record : null;
}

export const noSuchInstance = (id: string) =>
  new StepFault({ code: "no-such-instance", message: `There is no instance ${id} in this environment` });
