import { sha256 } from "../../io/digest.ts";
import { canonicalJson } from "../../plan/canonical.ts";
import { shortRevision } from "../../plan/observed.ts";
import { folderName } from "../names.ts";
import type { InstanceRecord } from "../state/instances.ts";

export const INSTANCE_LABEL = "sampan.instance";
export const GENERATION_LABEL = "sampan.generation";
/** Which agent looks after it: others on the same engine leave it alone. */
export const AGENT_LABEL = "sampan.agent";

/** What else its record says, for an agent that has lost it: revision, source, spec and port as JSON. */
export const RECORD_LABEL = "sampan.record";

/** By its name the engine makes it once, however often it is asked. Each revival is another container. */
export const containerName = ({ scope, id, generation }: Pick<InstanceRecord, "scope" | "id" | "generation">): string =>
  `${folderName(scope.fleet, scope.environment, id)}${generation === 1 ? "" : `.${generation}`}`;

/** Who it is, for people and for whoever finds it after a crash. */
export function labelsOf(record: InstanceRecord, agent: string): Readonly<Record<string, string>> {
  const { scope, service, release, operationId, revision, source, spec, port, id, generation } = record;
  return {
    ...composeLabels(record),
    [AGENT_LABEL]: agent,
    "sampan.fleet": scope.fleet,
    "sampan.environment": scope.environment,
    "sampan.service": service,
    "sampan.release": release,
    "sampan.operation": operationId,
    "sampan.revision": shortRevision(revision),
    "sampan.artifact": revision.artifact,
    [INSTANCE_LABEL]: id,
    [GENERATION_LABEL]: String(generation),
    [RECORD_LABEL]: JSON.stringify({ revision, source, spec, port }),
  };
}

/**
 * With a config hash, `docker compose ps` and `logs` show a container, and a plain `docker compose up` would replace it by one of
 * its own; unless the service stands under a profile that is not switched on there, so only those get one.
 */
function composeLabels({ spec }: InstanceRecord): Readonly<Record<string, string>> {
  const { container } = spec;
  if (container === null) return {};
  return {
    "com.docker.compose.project": container.project,
    "com.docker.compose.service": container.service,
    "com.docker.compose.oneoff": "False",
    "com.docker.compose.container-number": "1",
    ...(container.profiled ? { "com.docker.compose.config-hash": sha256(canonicalJson(container.config)) } : {}),
  };
}
