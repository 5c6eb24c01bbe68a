import type { World } from "../../src/targets/memory/world.ts";

/**
 * Judges what a run left behind by what landed on the host alone. It shares no code with the engine or the planner: it knows the
 * scenario (which artifact each service had, which one it was to get) and reads the world.
 */
export type Scenario = Readonly<{
  services: readonly Readonly<{ name: string; old: string | null; new: string; replicas: number }>[];
  /** Step ids that the plan allows, each with the number of instances it may bring. */
  steps: ReadonlyMap<string, number>;
  release: string;
  /** Artifacts verified before this release. */
  verifiedBefore: ReadonlySet<string>;
}>;

export type Judged = Readonly<{
  status: string;
  world: World;
  scenario: Scenario;
  databases: ReadonlyMap<string, number>;
}>;

export function violations({ status, world, scenario, databases }: Judged): readonly string[] {
  return [
    ...wholly(status, world, scenario),
    ...fencesGrow(world),
    ...once(world, scenario, databases),
    ...planned(world, scenario),
  ];
}

/** I1: every service ends wholly on one version; the one it should be for the way the run ended. */
function wholly(status: string, world: World, { services, verifiedBefore }: Scenario): string[] {
  const found: string[] = [];
  for (const service of services) {
    const serving = (world.routes.get(service.name)?.backends ?? [])
      .filter((backend) => backend.weight > 0)
      .map((backend) => world.instances.get(backend.instance));
    const artifacts = new Set(serving.map((instance) => instance?.revision.artifact ?? "gone"));
    const alive = [...world.instances.values()].filter(
      (instance) => instance.service === service.name && instance.state !== "retired",
    );
    const mark = world.marks.get(service.name)?.[0]?.revision.artifact ?? null;
    if (status === "halted") {
      const kept = service.old === null || artifacts.has(service.old) || artifacts.has(service.new);
      if (!kept) found.push(`I1 ${service.name}: halted and nothing serves`);
      continue;
    }
    // Thrown back service by service, each stands where it was last verified.
    const wanted = status === "partly" ? mark : status === "verified" ? service.new : service.old;
    if (wanted === null) {
      if (serving.length > 0 || alive.length > 0)
        found.push(`I1 ${service.name}: there was nothing, something is left`);
      continue;
    }
    if (artifacts.size !== 1 || !artifacts.has(wanted))
      found.push(`I1 ${service.name}: ${status}, serves ${[...artifacts].join(" and ") || "nothing"}`);
    if (serving.length !== service.replicas)
      found.push(`I1 ${service.name}: ${serving.length} of ${service.replicas} serve`);
    if (alive.length !== service.replicas)
      found.push(`I1 ${service.name}: ${alive.length} instances are there, not ${service.replicas}`);
    if (status === "verified" && mark !== wanted) found.push(`I1 ${service.name}: serves unverified ${wanted}`);
    if (status === "rolled-back" && mark !== null && !verifiedBefore.has(mark))
      found.push(`I1 ${service.name}: ${mark} is marked though it was thrown back`);
  }
  return found;
}

/** I2: no effect of a fence lands after one of a later fence. */
function fencesGrow(world: World): string[] {
  let highest = 0;
  const found: string[] = [];
  for (const landed of world.ledger) {
    if (landed.fence < highest)
      found.push(`I2 ${landed.verb} ${landed.service}: fence ${landed.fence} landed after ${highest}`);
    highest = Math.max(highest, landed.fence);
  }
  return found;
}

/** I3: what must not happen twice happened once: instances per step, migrations per database. */
function once(world: World, { steps, release }: Scenario, databases: ReadonlyMap<string, number>): string[] {
  const brought = new Map<string, number>();
  for (const landed of world.ledger) {
    if (landed.verb !== "bring" || !landed.operationId.startsWith(`${release}/`)) continue;
    const step = landed.operationId.split("/")[1] ?? "";
    brought.set(step, (brought.get(step) ?? 0) + landed.what.length);
  }
  const found = [...brought]
    .filter(([step, count]) => count > (steps.get(step) ?? 0))
    .map(([step, count]) => `I3 ${step}: brought ${count} instances`);
  return [
    ...found,
    ...[...databases].filter(([, times]) => times !== 1).map(([name, times]) => `I3 ${name}: applied ${times} times`),
  ];
}

/** I4: nothing landed that the plan does not name. */
function planned(world: World, { steps, release }: Scenario): string[] {
  return world.ledger
    .filter((landed) => landed.operationId.startsWith(`${release}/`))
    .filter((landed) => !steps.has(landed.operationId.split("/")[1] ?? ""))
    .map((landed) => `I4 ${landed.verb} ${landed.service}: ${landed.operationId} is in no plan`);
}

/** I6, asked after every effect: whoever served before still has as many instances serving as it declares. */
export function capacityViolations(world: World, { services }: Scenario): readonly string[] {
  return services.flatMap(({ name, old, replicas }) => {
    if (old === null) return [];
    const serving = (world.routes.get(name)?.backends ?? []).filter(
      (backend) => backend.weight > 0 && world.instances.get(backend.instance)?.state === "running",
    );
    return serving.length >= replicas ? [] : [`I6 ${name}: ${serving.length} of ${replicas} serve`];
  });
}
