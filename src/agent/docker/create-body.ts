import type { ContainerSpec } from "../../fleet/container.ts";
import type { Json } from "../../json.ts";
import { shortRevision } from "../../plan/observed.ts";
import type { InstanceRecord } from "../state/instances.ts";
import { labelsOf } from "./labels.ts";

type Bindings = Readonly<Record<string, readonly Json[]>>;
type Body = Readonly<{ [key: string]: Json }>;

/** What the engine is asked to create: the compose file's part, and Sampan's: image, variables, labels, port, restart policy. */
export function createBody(
  of: Readonly<{
    record: InstanceRecord;
    container: ContainerSpec;
    variables: Readonly<Record<string, string>>;
    agent: string;
  }>,
): Body {
  const { record, container, variables, agent } = of;
  const { config, hostConfig, networks } = container;
  const [first] = networks;
  const published = publishing(record, container);
  return {
    ...config,
    Image: record.source,
    Env: environmentOf(record, variables),
    Labels: { ...(config.Labels as Body | undefined), ...labelsOf(record, agent) },
    ExposedPorts: { ...(config.ExposedPorts as Body | undefined), ...published.exposed },
    HostConfig: {
      ...hostConfig,
      PortBindings: merged((hostConfig.PortBindings ?? {}) as Bindings, published.bindings),
      // What dies is started again by the engine itself, whatever becomes of the agent.
      RestartPolicy: { Name: "unless-stopped", MaximumRetryCount: 0 },
      ...(first === undefined ? {} : { NetworkMode: first.network }),
    },
    // Engines before 1.44 take one network here; the others are joined before the start.
    ...(first === undefined
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [first.network]: { ...first.endpoint, Aliases: first.aliases } } } }),
  };
}

/** A fixed port of the host's may lead to the same one: then both do. */
const merged = (given: Bindings, own: Bindings): Bindings =>
  Object.fromEntries(
    [...new Set([...Object.keys(given), ...Object.keys(own)])].map((port) => [
      port,
      [...(given[port] ?? []), ...(own[port] ?? [])],
    ]),
  );

/** On a loopback port of the host's, so that gates and routers reach it as they reach a process. */
function publishing(
  { port, spec }: InstanceRecord,
  { hostConfig }: ContainerSpec,
): Readonly<{ exposed: Body; bindings: Bindings }> {
  // On the host's own network there is nothing to publish: it listens there itself.
  if (port === null || spec.port === null || hostConfig.NetworkMode === "host") return { exposed: {}, bindings: {} };
  const name = `${spec.port}/tcp`;
  return {
    exposed: { [name]: {} },
    bindings: { [name]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
  };
}

function environmentOf(record: InstanceRecord, variables: Readonly<Record<string, string>>): readonly string[] {
  const { scope, spec, service, release, revision, id } = record;
  const all = {
    ...(spec.port === null ? {} : { PORT: String(spec.port) }),
    ...variables,
    SAMPAN_FLEET: scope.fleet,
    SAMPAN_ENVIRONMENT: scope.environment,
    SAMPAN_SERVICE: service,
    SAMPAN_INSTANCE: id,
    SAMPAN_RELEASE: release,
    SAMPAN_REVISION: shortRevision(revision),
    SAMPAN_ARTIFACT: revision.artifact,
  };
  return Object.entries(all).map(([name, value]) => `${name}=${value}`);
}
