import { createHmac } from "node:crypto";
import { STALE_FENCE, StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import { canonicalJson } from "../../plan/canonical.ts";
import type { Observed, ObservedService, VerifiedMark } from "../../plan/observed.ts";
import type { Cx, InstancesTarget, StagedVariables } from "../target.ts";
import type { Landed, MemoryInstance, Script, World } from "./world.ts";

export type MemoryTarget = Readonly<{
  world: World;
  environment: string;
  clock: Clock;
  script: Script;
}>;

/** A target in memory whose failures are scripted: what the real ones won't produce on demand. The contract suite keeps it honest. */
export function memoryTarget({ world, environment, clock, script }: MemoryTarget): InstancesTarget {
  const visible = (): readonly MemoryInstance[] => [...world.instances.values()];

  /** The fence is compared and the effect lands in one breath, as at a real target. */
  async function change<T>(
    effect: Omit<Landed, "fence" | "operationId" | "what">,
    cx: Cx,
    land: () => { result: T; what: readonly string[] | null },
  ): Promise<T> {
    cx.signal.throwIfAborted();
    const moment = { verb: effect.verb, service: effect.service, operationId: cx.operationId, revision: null };
    await script({ ...moment, when: "before" });
    if (cx.fence !== world.fence) {
      throw new StepFault({
        code: STALE_FENCE,
        message: `fence ${cx.fence} is stale: ${world.fence} was claimed since`,
        retry: "never",
      });
    }
    const { result, what } = land();
    if (what !== null) world.ledger.push({ fence: cx.fence, operationId: cx.operationId, ...effect, what });
    await script({ ...moment, when: "after" });
    return result;
  }

  const need = (id: string): MemoryInstance => {
    const instance = world.instances.get(id);
    if (instance === undefined) throw refused("no-instance", `there is no instance ${id}`);
    return instance;
  };

  return {
    capabilities: { kind: "instances" },
    claim: async () => {
      world.fence += 1;
      return world.fence;
    },
    observe: async ({ signal }) => {
      signal.throwIfAborted();
      return observe(world, environment);
    },
    instance: async ({ id, service }) =>
      observe(world, environment).services[service]?.instances.find((one) => one.id === id) ?? null,
    endpoint: async ({ id }) => {
      const instance = world.instances.get(id);
      return instance === undefined || instance.state === "retired" ? null : instance.address;
    },
    entrance: () => ({ host: "127.0.0.1", port: 1 }),
    async *logs({ id }, { follow }, { signal }) {
      for (let read = 0; !signal.aborted; ) {
        const lines = world.instances.get(id)?.lines ?? [];
        for (; read < lines.length && !signal.aborted; read += 1) yield { instance: id, text: lines[read] ?? "" };
        if (!follow) return;
        await clock.sleep(5);
      }
    },
    fingerprint: async (_service, variables) =>
      createHmac("sha256", world.key).update(canonicalJson(variables)).digest("hex"),
    stage: (staged, cx) =>
      change({ verb: "stage", service: staged.service }, cx, () => {
        stage(world, staged);
        return { result: undefined, what: [staged.fingerprint] };
      }),
    staged: async (service, fingerprint) => world.staged.has(`${service}/${fingerprint}`),
    reveal: async (service, fingerprint) => {
      const staged = world.staged.get(`${service}/${fingerprint}`);
      if (staged === undefined) return null;
      const rotating = Object.entries(world.rotating.get(service) ?? {}).filter(([name]) => !staged.own.has(name));
      return { ...staged.variables, ...Object.fromEntries(rotating) };
    },
    // Nothing has to be got or to stand around what lives in memory.
    fetch: async () => {},
    tryRouting: async () => {},
    absent: async () => [],
    missing: async () => [],
    surround: async () => {},
    find: async (operationId) => visible().filter((instance) => instance.operationId === operationId),
    bring: ({ service, revision, source, spec }, count, cx) =>
      change({ verb: "bring", service }, cx, () => {
        if (!world.staged.has(`${service}/${revision.variables}`))
          throw refused("variables-missing", `the variables of ${service} are not there`);
        const ids = Array.from({ length: count }, (_, nth) => `${cx.operationId}#${nth}`);
        const made = ids.filter((id) => !world.instances.has(id));
        for (const id of made) {
          world.instances.set(id, {
            id,
            service,
            revision,
            source,
            spec,
            operationId: cx.operationId,
            release: cx.release,
            state: "running",
            pid: null,
            address: spec.port === null ? null : { host: "127.0.0.1", port: world.ports++ },
            restarts: 0,
            lastExit: null,
            container: null,
            startedAt: clock.now(),
            lines: [greeting(source)],
          });
        }
        return {
          result: ids.map((id) => ({ version: 1, id, service }) as const),
          what: made.length === 0 ? null : made,
        };
      }),
    revive: ({ id, service }, cx) =>
      change({ verb: "revive", service }, cx, () => {
        const instance = need(id);
        const gone = instance.state === "retired" || instance.state === "stopping";
        if (gone)
          Object.assign(instance, {
            state: "running",
            restarts: 0,
            lastExit: null,
            lines: [greeting(instance.source)],
          });
        return { result: undefined, what: gone ? [id] : null };
      }),
    shift: ({ service, match, backends }, cx) =>
      change({ verb: "shift", service }, cx, () => {
        for (const { instance } of backends) {
          if (need(instance).state === "retired") throw refused("not-routable", `${instance} is retired`);
        }
        for (const [other, route] of world.routes) {
          const taken = new Set(route.match.map((one) => canonicalJson(one)));
          if (other !== service && match.some((one) => taken.has(canonicalJson(one))))
            throw refused("route-conflict", `${other} has this route`);
        }
        if (backends.length === 0) world.routes.delete(service);
        else world.routes.set(service, { match, backends });
        return { result: undefined, what: backends.map(({ instance }) => instance) };
      }),
    // Nobody asks anything of what lives in memory.
    traffic: async () => [],
    retire: ({ id, service }, cx) =>
      change({ verb: "retire", service }, cx, () => {
        const instance = world.instances.get(id);
        const there = instance !== undefined && instance.state !== "retired";
        if (there) {
          instance.state = "retired";
          const route = world.routes.get(service);
          if (route !== undefined) {
            const backends = route.backends.filter((backend) => backend.instance !== id);
            if (backends.length === 0) world.routes.delete(service);
            else world.routes.set(service, { match: route.match, backends });
          }
        }
        return { result: undefined, what: there ? [id] : null };
      }),
    mark: (mark, cx) =>
      change({ verb: "mark", service: mark.service }, cx, () => {
        const again = world.marked.has(cx.operationId);
        world.marked.add(cx.operationId);
        const marks = world.marks.get(mark.service) ?? [];
        if (!again) world.marks.set(mark.service, [{ ...mark, at: clock.now() }, ...marks]);
        return { result: undefined, what: again ? null : [mark.revision.artifact] };
      }),
    unmark: (service, cx) =>
      change({ verb: "unmark", service }, cx, () => ({
        result: undefined,
        what: world.marks.delete(service) ? [] : null,
      })),
    prune: async (keep, cx) => {
      if (cx.fence !== world.fence) throw new StepFault({ code: STALE_FENCE, message: `fence ${cx.fence} is stale` });
      return prune(world, keep);
    },
  };
}

const refused = (code: string, message: string): StepFault => new StepFault({ code, message, retry: "never" });

/** What every instance here logs when it starts: its version is the last part of where its artifact lies. */
const greeting = (source: string): string => `hello from ${source.split("/").at(-1)}`;

function stage(world: World, { service, fingerprint, variables, rotates }: StagedVariables): void {
  const known = world.rotating.get(service) ?? {};
  const own = new Set(Object.keys(variables).filter((name) => name in known && !(name in rotates)));
  world.staged.set(`${service}/${fingerprint}`, { variables, own });
  world.rotating.set(service, { ...known, ...rotates });
}

function observe(world: World, environment: string): Observed {
  const names = new Set([
    ...[...world.instances.values()].filter(({ state }) => state !== "retired").map(({ service }) => service),
    ...world.routes.keys(),
    ...world.marks.keys(),
  ]);
  const services: Record<string, ObservedService> = {};
  for (const name of names) {
    const route = world.routes.get(name);
    services[name] = {
      instances: [...world.instances.values()]
        .filter(({ service, state }) => service === name && state !== "retired")
        .map(({ source: _source, spec: _spec, lines: _lines, ...instance }) => instance),
      route: route === undefined ? null : { service: name, ...route },
      marks: world.marks.get(name) ?? [],
      migrations: [],
    };
  }
  return { environment, services };
}

/** What runs, what is routed to, and what the kept marks name stays. */
function prune(world: World, keep: number): { instances: number; variables: number; marks: number } {
  const pruned = { instances: 0, variables: 0, marks: 0 };
  const kept = new Map<string, readonly VerifiedMark[]>();
  for (const [service, marks] of world.marks) {
    pruned.marks += Math.max(0, marks.length - keep);
    world.marks.set(service, marks.slice(0, keep));
    kept.set(service, marks.slice(0, keep));
  }
  for (const [id, { state }] of world.instances) {
    if (state === "retired") {
      world.instances.delete(id);
      pruned.instances += 1;
    }
  }
  const needed = new Set([
    ...[...kept].flatMap(([service, marks]) => marks.map(({ revision }) => `${service}/${revision.variables}`)),
    ...[...world.instances.values()].map(({ service, revision }) => `${service}/${revision.variables}`),
  ]);
  for (const key of world.staged.keys()) {
    if (needed.has(key)) continue;
    world.staged.delete(key);
    pruned.variables += 1;
  }
  return pruned;
}
