import { StepFault } from "../../fault.ts";
import type { ContainerSpec } from "../../fleet/container.ts";
import type { InstanceRecord } from "../state/instances.ts";
import { createBody } from "./create-body.ts";
import { type Engine, refused } from "./engine.ts";
import { containerName } from "./labels.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import { type Sight, sightOf } from "./sight.ts";
import { tarOf } from "./tar.ts";

export type Creation = Readonly<{
  record: InstanceRecord;
  container: ContainerSpec;
  variables: Readonly<Record<string, string>>;
  agent: string;
}>;

/** Tries while another request under the same name is on its way. */
const TRIES = 40;

/**
 * The container of an instance, made if it is not there: its name is its own, so that a request that is sent twice, or lands after its
 * sender's death, makes one. Not started. Faults: `image-missing`, `name-taken`, `engine-refused`.
 */
export async function createContainer(engine: Engine, of: Creation): Promise<Sight> {
  const { record, container } = of;
  const name = containerName(record);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const there = await inspect(engine, name);
    if (there !== null) {
      if (there.instance === record.id && there.generation === record.generation) return there;
      throw new StepFault({
        code: "name-taken",
        message: `${record.id} cannot be made: there is a container ${name} that Sampan did not make`,
        evidence: `docker rm ${name}`,
      });
    }
    await ensurePrerequisites(engine, container.prerequisites);
    const answer = await engine.ask({
      method: "POST",
      path: "/containers/create",
      query: { name },
      body: createBody(of),
    });
    if (answer.status === 201) {
      await complete(engine, (answer.body as { Id: string }).Id, of);
    } else if (answer.status === 409) {
      // A request under this name is not yet over; or it is, and is found by it.
      await new Promise(setImmediate);
      if (tries > 2) await engine.ask({ method: "GET", path: "/_ping" });
    } else if (answer.status === 404 && /image/i.test(answer.message)) {
      throw new StepFault({
        code: "image-missing",
        message: `${record.id} cannot be made: the engine has no image ${record.source}`,
        evidence: answer.message,
      });
    } else throw refused(`${record.id} could not be made`, answer);
  }
  throw new StepFault({
    code: "engine-refused",
    message: `${record.id} could not be made: the name ${name} is taken, and there is no container of that name`,
    retry: "safe",
  });
}

/** Joins the further networks and puts the files in. Repeated when the creation was cut off: both may be done twice. */
async function complete(engine: Engine, id: string, { record, container }: Creation): Promise<void> {
  for (const { network, aliases, endpoint } of container.networks.slice(1)) {
    const answer = await engine.ask({
      method: "POST",
      path: `/networks/${encodeURIComponent(network)}/connect`,
      body: { Container: id, EndpointConfig: { ...endpoint, Aliases: aliases } },
    });
    if (answer.status >= 400 && !/already exists/i.test(answer.message)) {
      throw refused(`${record.id} could not join the network ${network}`, answer);
    }
  }
  if (container.files.length === 0) return;
  await engine.expect(
    { method: "PUT", path: `/containers/${id}/archive`, query: { path: "/" }, body: tarOf(container.files) },
    `The configs of ${record.id} could not be put into it`,
  );
}

/** Starts it; one that runs is left alone. What a creation that was cut off left undone is done first. */
export async function startContainer(engine: Engine, sight: Sight, of: Creation): Promise<void> {
  if (sight.status === "created") await complete(engine, sight.container, of);
  const answer = await engine.ask({ method: "POST", path: `/containers/${sight.container}/start` });
  if (answer.status < 400) return;
  if (PORT_TAKEN.test(answer.message)) throw new PortTaken(answer.message);
  throw new StepFault({
    code: "container-not-started",
    message: `${of.record.id} could not be started: ${firstLine(answer.message)}`,
    evidence: answer.message,
  });
}

const PORT_TAKEN = /port is already allocated|address already in use|ports are not available/i;

/** The loopback port that was free a moment ago is not any more: with another one it may start. */
export class PortTaken extends Error {}

const firstLine = (text: string): string => text.split("\n")[0] ?? text;

/** By name or id. Null: there is none. */
export async function inspect(engine: Engine, container: string): Promise<Sight | null> {
  const answer = await engine.ask({ method: "GET", path: `/containers/${encodeURIComponent(container)}/json` });
  if (answer.status === 404) return null;
  if (answer.status >= 400) throw refused(`The container ${container} could not be looked at`, answer);
  return sightOf(answer.body);
}

/** Removes it with its anonymous volumes; one that is gone, or being removed, is success. */
export async function removeContainer(engine: Engine, container: string): Promise<void> {
  const answer = await engine.ask({
    method: "DELETE",
    path: `/containers/${container}`,
    query: { force: "true", v: "true" },
  });
  if (answer.status === 404 || answer.status === 409 || answer.status < 400) return;
  throw refused(`The container ${container} could not be removed`, answer);
}
