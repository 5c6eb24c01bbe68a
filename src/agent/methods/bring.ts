import { z } from "zod";
import { StepFault } from "../../fault.ts";
import type { BackendStats } from "../../router/router.ts";
import type { Agent } from "../agent.ts";
import { isContainer } from "../docker/containers.ts";
import { startCommand } from "../instances/start-command.ts";
import { method } from "../method.ts";
import { slug } from "../names.ts";
import { claimed, name, revision, serviceSpec } from "../params.ts";
import type { InstanceRecord } from "../state/instances.ts";
import { allStats, note } from "./traffic.ts";

const params = z.strictObject({
  ...claimed,
  operationId: name,
  release: z.string(),
  /** Name of this host: instance ids carry it. */
  host: name,
  service: name,
  revision,
  source: z.string().min(1),
  spec: serviceSpec,
  count: z.number().int().min(0).max(1000),
});
type Bring = z.infer<typeof params>;

/** Starts instances without traffic, or names those that this operation brought already. */
export const bring = method({
  params,
  run: async (agent, wanted) => {
    agent.scopes.check(wanted);
    const there = adoptable(agent, wanted);
    const runtime = agent.runtimeOf(wanted);
    await runtime.ready([]);
    if (there.length > 0) {
      agent.scopes.check(wanted);
      // Whoever recorded them may have died, or been refused by the engine, before they ran.
      await runtime.start(there);
      return there;
    }
    // What the old ones did until now is what the new ones will be compared with.
    const stats = wanted.spec.port === null ? null : await allStats(agent, wanted.scope).catch(() => null);
    const argv = isContainer(wanted) ? null : await startCommand(wanted.source, wanted.spec);
    // Before the fence is compared for good: nothing may wait between that and the start.
    const listens = wanted.spec.port !== null;
    // On the host's own network it listens where it wants to.
    const hostPort = wanted.spec.container?.hostConfig.NetworkMode === "host" ? wanted.spec.port : null;
    const ports = !listens ? [] : hostPort !== null ? [hostPort] : await agent.ports.reserve(wanted.count);
    try {
      const { ids, started } = start(agent, { ...wanted, argv, ports, stats });
      await started;
      return ids;
    } finally {
      agent.ports.release(ports);
    }
  },
});

const adoptable = (agent: Agent, { scope, operationId }: Bring): readonly string[] =>
  agent.instances.ofOperation(scope, operationId).map(({ id }) => id);

/**
 * Fence, record, spawn, pid: one tick, so that no claim comes between and no crash leaves a process that nobody knows. Of containers the
 * record comes first and the engine is asked in the same tick: what becomes of it, a claim waits for.
 */
function start(
  agent: Agent,
  wanted: Bring &
    Readonly<{
      argv: readonly [string, ...string[]] | null;
      ports: readonly number[];
      stats: readonly BackendStats[] | null;
    }>,
): Readonly<{ ids: readonly string[]; started: Promise<void> }> {
  const { scope, service, operationId, release, revision, source, spec, argv } = wanted;
  if (agent.secrets.reveal(scope, service, revision.variables) === null) throw notStaged(service);
  const ids = agent.scopes.change(wanted, () => {
    // The same command, sent again by one who was cut off, may have come first while this one waited.
    const there = adoptable(agent, wanted);
    if (there.length > 0) return there;
    if (wanted.stats !== null) note(agent, wanted, wanted.stats);
    return Array.from({ length: wanted.count }, (_, nth) => {
      const id = `${slug(service)}-${agent.random.hex(4)}@${wanted.host}`;
      const record: InstanceRecord = {
        id,
        scope,
        service,
        operationId,
        release,
        revision,
        source,
        spec,
        argv,
        goal: "run",
        terminating: false,
        generation: 1,
        pid: null,
        stamp: null,
        port: wanted.ports[nth] ?? null,
        restarts: 0,
        lastExit: null,
        startedAt: agent.clock.now(),
      };
      agent.instances.add(record);
      return id;
    });
  });
  return { ids, started: agent.runtimeOf(wanted).start(ids) };
}

const notStaged = (service: string) =>
  new StepFault({
    code: "variables-missing",
    message: `The variables of this revision of ${service} are not on this host: they were never staged, or pruned`,
  });
