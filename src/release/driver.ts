import type { Driver, Operation } from "../engine/driver.ts";
import type { Outcome } from "../engine/journal.ts";
import { StepFault } from "../fault.ts";
import type { GateResult } from "../gates/gate.ts";
import { type Backend, type Revision, sameRevision } from "../plan/observed.ts";
import type { Action, GateSpec } from "../plan/plan.ts";
import type { Cx, Fence, Handle, InstancesTarget } from "../targets/target.ts";

/** One gate about to be looked through. */
export type GateCall = Readonly<{
  service: string;
  gate: GateSpec;
  revision: Revision;
  instances: readonly Handle[];
  baseline: readonly Handle[];
}>;

export type Migrate = Extract<Action, { kind: "migrate" | "backfill" }>;

export type MigrateCall = Readonly<{ service: string; action: Migrate; operationId: string }>;

export type DriverParts = Readonly<{
  target: InstancesTarget;
  release: string;
  fence: Fence;
  runGate: (call: GateCall, signal: AbortSignal) => Promise<GateResult>;
  migrate: (call: MigrateCall, signal: AbortSignal) => Promise<void>;
  /** The resolved compose file, as its environment's target is to start parts of it. */
  composeConfig: () => Promise<string>;
  /** True when the database already stands where this step would take it. */
  migrated: (call: MigrateCall, signal: AbortSignal) => Promise<boolean>;
  log: (line: string) => void;
}>;

/** Carries a plan's actions out on a target whose traffic Sampan moves itself. */
export function targetDriver(parts: DriverParts): Driver {
  const { target, release, fence, log } = parts;
  const cxOf = (operation: Operation, signal: AbortSignal): Cx => ({
    operationId: operation.id,
    release,
    fence,
    signal,
    log,
  });

  return {
    perform: (operation, signal) => perform(parts, operation, cxOf(operation, signal)),
    probe: (operation, signal) => probe(parts, operation, cxOf(operation, signal)),
    find: async (operationId, signal) => (await target.find(operationId, { signal })).map(({ id }) => id),
  };
}

async function perform(parts: DriverParts, operation: Operation, cx: Cx): Promise<Outcome> {
  const { target } = parts;
  const { action } = operation;
  const { service } = operation.step;
  const handles = async (refs: Parameters<Operation["instances"]>[0]): Promise<readonly Handle[]> =>
    (await operation.instances(refs)).map((id) => ({ version: 1, id, service }));
  switch (action.kind) {
    case "migrate":
    case "backfill":
      await parts.migrate({ service, action, operationId: operation.id }, cx.signal);
      return {};
    case "fetch":
      await target.fetch(action.source, cx);
      return {};
    case "surround": {
      const { project, services } = action;
      await target.surround({ project, services, config: await parts.composeConfig() }, cx);
      return {};
    }
    case "bring": {
      const { revision, source, spec, count } = action;
      const brought = await target.bring({ service, revision, source, spec }, count, cx);
      return { handles: brought.map(({ id }) => id) };
    }
    case "gate": {
      const instances = await handles(action.instances);
      const baseline = "baseline" in action.gate ? await handles(action.gate.baseline) : [];
      return {
        gate: await parts.runGate(
          { service, gate: action.gate, revision: action.revision, instances, baseline },
          cx.signal,
        ),
      };
    }
    case "revive": {
      const instances = await handles(action.instances);
      await Promise.all(instances.map((handle) => target.revive(handle, cx)));
      await healthyAgain(parts, { service, instances, action }, cx);
      return {};
    }
    case "shift":
      await target.shift({ service, match: action.match, backends: await backendsOf(operation, action.backends) }, cx);
      return {};
    case "retire":
      await Promise.all((await handles(action.instances)).map((handle) => target.retire(handle, cx)));
      return {};
    case "mark": {
      const { revision, restores, migration, held, spec, source } = action;
      await target.mark({ service, revision, release: cx.release, restores, migration, held, spec, source }, cx);
      return {};
    }
    case "unmark":
      await target.unmark(service, cx);
      return {};
  }
}

type Revived = Readonly<{ service: string; instances: readonly Handle[]; action: Extract<Action, { kind: "revive" }> }>;

/** An instance started again gets its traffic back only once it answers. */
async function healthyAgain(parts: DriverParts, { service, instances, action }: Revived, cx: Cx): Promise<void> {
  if (action.health === null) return;
  const found = await parts.target.observe({ signal: cx.signal });
  const revision = found.services[service]?.instances.find(({ id }) => id === instances[0]?.id)?.revision;
  if (revision === undefined) {
    throw new StepFault({
      code: "instance-missing",
      message: `${service}: the instance to return to is not there any more`,
      retry: "never",
    });
  }
  // It was verified before: one good answer is enough, nobody should wait for it twice.
  const health = { ...action.health, healthyFor: 0 };
  const result = await parts.runGate(
    { service, gate: { kind: "health", health }, revision, instances, baseline: [] },
    cx.signal,
  );
  if (result.verdict !== "passed") {
    throw new StepFault({ code: "not-healthy-again", message: `${service}: ${result.evidence}`, retry: "never" });
  }
}

/** A group's weight is its share, spread over its instances; where every group weighs one, each instance counts alike. */
async function backendsOf(
  operation: Operation,
  groups: Extract<Action, { kind: "shift" }>["backends"],
): Promise<readonly Backend[]> {
  const resolved = await Promise.all(
    groups.map(async ({ instances, weight }) => ({ ids: await operation.instances(instances), weight })),
  );
  const alike = resolved.every(({ weight }) => weight === 1);
  // Weights are whole numbers: the factor keeps shares true among many. Weights found on single instances go back as they were.
  const factor = resolved.some(({ ids }) => ids.length > 1) ? 100 : 1;
  return resolved.flatMap(({ ids, weight }) => {
    const each = weight === 0 ? 0 : Math.max(1, Math.round((weight * factor) / ids.length));
    return ids.map((instance) => ({ instance, weight: alike ? 1 : each }));
  });
}

/** Is the whole effect of a cut-off operation there? Read from the target, never from memory. */
async function probe(parts: DriverParts, operation: Operation, cx: Cx): Promise<Outcome | null> {
  const { target } = parts;
  const { action, step } = operation;
  switch (action.kind) {
    case "gate":
    // Both look first and do nothing that is done.
    case "fetch":
    case "surround":
      return null;
    case "bring": {
      const found = await target.find(operation.id, cx);
      return found.length >= action.count ? { handles: found.map(({ id }) => id) } : null;
    }
    case "migrate":
    case "backfill":
      return (await parts.migrated({ service: step.service, action, operationId: operation.id }, cx.signal))
        ? {}
        : null;
    case "retire": {
      const ids = new Set(await operation.instances(action.instances));
      return (await here(target, step.service, cx)).some(({ id }) => ids.has(id)) ? null : {};
    }
    case "revive":
      // Running is not answering: its health is looked at again, which repeats nothing.
      return null;
    case "shift": {
      const wanted = await backendsOf(operation, action.backends);
      const route = (await target.observe(cx)).services[step.service]?.route ?? null;
      return JSON.stringify(sorted(route?.backends ?? [])) === JSON.stringify(sorted(wanted)) &&
        JSON.stringify(route?.match ?? []) === JSON.stringify(action.match)
        ? {}
        : null;
    }
    case "mark": {
      const newest = (await target.observe(cx)).services[step.service]?.marks[0];
      return newest?.release === cx.release && sameRevision(newest.revision, action.revision) ? {} : null;
    }
    case "unmark":
      return ((await target.observe(cx)).services[step.service]?.marks.length ?? 0) === 0 ? {} : null;
  }
}

const here = async (target: InstancesTarget, service: string, cx: Cx) =>
  (await target.observe(cx)).services[service]?.instances ?? [];

const sorted = (backends: readonly Backend[]) =>
  backends.map(({ instance, weight }) => [instance, weight] as const).sort(([a], [b]) => (a < b ? -1 : 1));
