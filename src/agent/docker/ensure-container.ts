import { StepFault } from "../../fault.ts";
import type { Ports } from "../instances/ports.ts";
import type { Secrets } from "../secrets.ts";
import type { InstanceRecord, Instances } from "../state/instances.ts";
import { type Creation, createContainer, PortTaken, removeContainer, startContainer } from "./create-container.ts";
import type { Engine } from "./engine.ts";

/** Further ports that are tried when one was taken between its reservation and the start. */
const PORTS = 5;

export type Ensuring = Readonly<{
  agent: string;
  instances: Instances;
  secrets: Secrets;
  ports: Ports;
}>;

/**
 * Makes and starts the container of an instance that is wanted and does not run. Its record as it was made by; null: it is not wanted
 * any more. Faults: those of a creation and a start, `variables-missing`, `no-free-port`.
 */
export async function ensureContainer(engine: Engine, id: string, of: Ensuring): Promise<InstanceRecord | null> {
  const { instances, ports, secrets, agent } = of;
  for (let tries = 1; ; tries += 1) {
    const record = instances.get(id);
    if (record === null || record.goal !== "run") return null;
    const { container } = record.spec;
    if (container === null) return null;
    const variables = secrets.reveal(record.scope, record.service, record.revision.variables);
    if (variables === null) {
      throw new StepFault({
        code: "variables-missing",
        message: `The variables of ${id} are not on this host any more`,
      });
    }
    const creation: Creation = { record, container, variables, agent };
    const made = await createContainer(engine, creation);
    try {
      if (!made.running && !made.restarting && instances.get(id)?.goal === "run")
        await startContainer(engine, made, creation);
      return record;
    } catch (error) {
      if (!(error instanceof PortTaken) || tries >= PORTS)
        throw error instanceof PortTaken ? portFault(id, error) : error;
      await removeContainer(engine, made.container);
      const reserved = await ports.reserve(1);
      instances.update(id, { port: reserved[0] ?? null });
      ports.release(reserved);
    }
  }
}

const portFault = (id: string, { message }: PortTaken) =>
  new StepFault({
    code: "no-free-port",
    message: `${id} could not be given a port of the host`,
    evidence: message,
    retry: "safe",
  });
