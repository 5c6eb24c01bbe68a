import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desiredOf, migrationsOf, plannedOf, serviceOf, specOf, stageFor } from "../../test/fleet-samples.ts";
import { execute } from "../engine/execute.ts";
import type { JournalRecord } from "../engine/journal.ts";
import { systemClock } from "../io/clock.ts";
import { sha256 } from "../io/digest.ts";
import { targetDriver } from "../release/driver.ts";
import { memoryTarget } from "../targets/memory/memory-target.ts";
import { emptyWorld, type World } from "../targets/memory/world.ts";
import type { Desired } from "./desired.ts";
import { inOrder } from "./estimate.ts";
import { makePlan } from "./make-plan.ts";
import type { Observed } from "./observed.ts";
import type { Plan, Step } from "./plan.ts";
import { waysBack } from "./rollback.ts";

const nothing: Observed = { environment: "staging", services: {} };

/** A fleet without cycles: a service only needs those declared before it. */
const fleetArbitrary = fc.integer({ min: 1, max: 7 }).chain((size) =>
  fc.record({
    needs: fc.array(fc.array(fc.nat(size - 1), { maxLength: 4 }), { minLength: size, maxLength: size }),
    replicas: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: size, maxLength: size }),
    strategies: fc.array(fc.constantFrom("rolling", "blue-green", "canary"), { minLength: size, maxLength: size }),
    migrations: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    groups: fc.constantFrom("waves", "one-by-one"),
    onFailure: fc.constantFrom("release", "service", "halt"),
    concurrency: fc.integer({ min: 1, max: 4 }),
    changed: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
  }),
);

type Made = typeof fleetArbitrary extends fc.Arbitrary<infer T> ? T : never;

function desiredFrom(made: Made, version: string): Desired {
  const services = made.needs.map((needs, index) => {
    const name = `s${index}`;
    const kind = made.strategies[index] ?? "rolling";
    const strategy =
      kind === "canary" ? ({ kind, weights: [10, 50], watch: 0 } as const) : ({ kind } as { kind: "rolling" });
    return serviceOf(name, made.changed[index] === true ? version : "first", {
      needs: [...new Set(needs.filter((need) => need < index).map((need) => `s${need}`))],
      spec: specOf(name, { replicas: made.replicas[index] ?? 1, strategy }),
      migrations: made.migrations[index]
        ? migrationsOf({
            up: version === "first" ? [] : [plannedOf("0002_more")],
            after: version === "first" ? [] : [plannedOf("0003_filled", { phase: "data" })],
            waiting: version === "first" ? [] : [{ name: "0004_gone", phase: "contract", why: "old code runs" }],
            level: "0002_more",
          })
        : null,
    });
  });
  return desiredOf(services, {
    groups: made.groups as Desired["groups"],
    onFailure: made.onFailure as Desired["onFailure"],
    concurrency: made.concurrency,
  });
}

async function runOn(world: World, plan: Plan, release: string, watch?: () => void) {
  const target = memoryTarget({ world, environment: "staging", clock: systemClock, script: () => watch?.() });
  stageFor(world, plan);
  const fence = await target.claim("test", { signal: new AbortController().signal });
  const records: JournalRecord[] = [];
  const driver = targetDriver({
    composeConfig: async () => "{}",
    target,
    release,
    fence,
    runGate: async ({ gate }) => ({ kind: gate.kind, verdict: "passed", evidence: "", detail: [], took: 0 }),
    migrate: async () => {},
    migrated: async () => false,
    log: () => {},
  });
  const never = new AbortController().signal;
  const status = await execute({
    plan,
    release,
    records: [],
    driver,
    append: async (record) => void records.push(record),
    clock: systemClock,
    stop: never,
    lost: never,
    turnBack: false,
    inconclusive: async () => "halt",
    onEvent: () => {},
  });
  return { status, records, observe: () => target.observe({ signal: never }) };
}

const ancestors = (plan: Plan): ReadonlyMap<string, ReadonlySet<string>> => {
  const all = new Map<string, Set<string>>();
  for (const step of inOrder(plan.steps)) {
    all.set(step.id, new Set(step.after.flatMap((id) => [id, ...(all.get(id) ?? [])])));
  }
  return all;
};

const withoutMigrations = (desired: Desired): Desired => ({
  ...desired,
  services: desired.services.map((service) => ({
    ...service,
    migrations: service.migrations === null ? null : migrationsOf(),
  })),
});

describe("a plan", () => {
  it("is acyclic, complete and the same for the same input", () => {
    fc.assert(
      fc.property(fleetArbitrary, (made) => {
        const desired = desiredFrom(made, "second");
        const plan = makePlan(desired, nothing, sha256);
        expect(inOrder(plan.steps)).toHaveLength(plan.steps.length);
        expect(new Set(plan.steps.map(({ id }) => id)).size).toBe(plan.steps.length);
        expect(makePlan(structuredClone(desired), structuredClone(nothing), sha256)).toEqual(plan);
      }),
    );
  });

  it("fills data in once the service is verified and its old instances are gone, and leaves the rest waiting", async () => {
    await fc.assert(
      fc.asyncProperty(fleetArbitrary, async (made) => {
        const first = await runOn(emptyWorld(), makePlan(desiredFrom(made, "first"), nothing, sha256), "r1");
        const desired = desiredFrom(made, "second");
        const plan = makePlan(desired, await first.observe(), sha256);
        const earlier = ancestors(plan);
        const gatekeeper = plan.steps.find(({ action }) => action.kind === "mark")?.id ?? "";
        for (const { id, service, action } of plan.steps) {
          if (action.kind !== "backfill") continue;
          const mark = made.onFailure === "release" ? gatekeeper : `${service}.mark`;
          expect(earlier.get(id)).toContain(mark);
          const own = plan.steps.filter((step) => step.service === service && step.action.kind === "retire");
          for (const step of own) expect(earlier.get(id)).toContain(step.id);
          expect(plan.steps.some(({ after }) => after.includes(id))).toBe(false);
        }
        expect(plan.waiting.map(({ name }) => name)).toEqual(
          desired.services.flatMap(({ migrations }) => migrations?.waiting.map(({ name }) => name) ?? []),
        );
        expect(JSON.stringify(plan.steps.filter(({ action }) => action.kind !== "mark"))).not.toContain("0004_gone");
      }),
      { numRuns: 60 },
    );
  });

  it("runs every migration before the first instance, and no child before its core is ready", () => {
    fc.assert(
      fc.property(fleetArbitrary, (made) => {
        const desired = desiredFrom(made, "second");
        const plan = makePlan(desired, nothing, sha256);
        const earlier = ancestors(plan);
        const of = (service: string, verb: string): Step | undefined =>
          plan.steps.find(({ id }) => id === `${service}.${verb}`);
        const migrations = plan.steps.filter(({ action }) => action.kind === "migrate");
        for (const step of plan.steps.filter(({ action }) => action.kind === "bring")) {
          for (const migration of migrations) expect(earlier.get(step.id)).toContain(migration.id);
        }
        for (const service of desired.services) {
          for (const need of service.needs) {
            expect(earlier.get(`${service.name}.bring`)).toContain(of(need, "shift")?.id ?? `${need}.shift.1`);
          }
        }
      }),
    );
  });

  it("is empty once it has been carried out", async () => {
    await fc.assert(
      fc.asyncProperty(fleetArbitrary, async (made) => {
        const world = emptyWorld();
        const first = await runOn(world, makePlan(desiredFrom(made, "first"), nothing, sha256), "r1");
        expect(first.status).toBe("verified");
        const desired = desiredFrom(made, "second");
        const second = await runOn(world, makePlan(desired, await first.observe(), sha256), "r2");
        expect(second.status).toBe("verified");
        const again = makePlan(withoutMigrations(desired), await second.observe(), sha256);
        expect(again.steps).toEqual([]);
        expect(again.services.every(({ change }) => change === "none")).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("never lets a service's serving instances fall below what it declares", async () => {
    await fc.assert(
      fc.asyncProperty(fleetArbitrary, async (made) => {
        const world = emptyWorld();
        const desired = desiredFrom(made, "first");
        const first = await runOn(world, makePlan(desired, nothing, sha256), "r1");
        const check = () => {
          for (const { name, spec } of desired.services) {
            const serving = world.routes
              .get(name)
              ?.backends.filter(
                ({ instance, weight }) => weight > 0 && world.instances.get(instance)?.state === "running",
              );
            expect(serving?.length ?? 0).toBeGreaterThanOrEqual(spec.replicas);
          }
        };
        check();
        await runOn(world, makePlan(desiredFrom(made, "second"), await first.observe(), sha256), "r2", check);
        check();
      }),
      { numRuns: 60 },
    );
  });

  it("of a rollback returns to the revisions that were there before the release", async () => {
    await fc.assert(
      fc.asyncProperty(fleetArbitrary, async (made) => {
        const world = emptyWorld();
        const desired = withoutMigrations(desiredFrom(made, "first"));
        const first = await runOn(world, makePlan(desired, nothing, sha256), "r1");
        const second = await runOn(
          world,
          makePlan(withoutMigrations(desiredFrom(made, "second")), await first.observe(), sha256),
          "r2",
        );
        const observed = await second.observe();
        const { ways, problems } = waysBack(observed, { to: null, services: null });
        if (!made.changed.includes(true)) {
          expect(problems[0]?.code).toBe("nothing-verified");
          return;
        }
        const services = ways.flatMap(({ service, mark }) =>
          mark === null
            ? []
            : [
                {
                  ...(desired.services.find(({ name }) => name === service) ?? serviceOf(service, "?")),
                  revision: mark.revision,
                  source: mark.source,
                  restores: mark.release,
                },
              ],
        );
        const back = await runOn(world, makePlan({ ...desired, direction: "back", services }, observed, sha256), "r3");
        expect(back.status).toBe("verified");
        const serving = Object.fromEntries(
          Object.entries((await back.observe()).services).map(([name, { instances }]) => [
            name,
            instances.map(({ revision }) => revision.artifact),
          ]),
        );
        for (const { name, revision, spec } of desired.services) {
          expect(serving[name]).toEqual(Array.from({ length: spec.replicas }, () => revision.artifact));
        }
        const further = waysBack(await back.observe(), { to: null, services: null });
        expect(further.ways.filter(({ mark }) => mark !== null)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("tests a service beside its health gate, and reads its logs after both", () => {
    const check = {
      kind: "request" as const,
      ...{ method: "GET", path: "/", headers: {} },
      expect: { status: 200, headers: {}, json: {}, latency: null },
    };
    const smoke = { kind: "checks" as const, checks: [check], retries: 0, every: 1000 };
    const afterOf = (change: Parameters<typeof specOf>[1]) => {
      const spec = specOf("blog", { smoke, ...change });
      const { steps } = makePlan(desiredOf([serviceOf("blog", "one", { spec })]), nothing, sha256);
      return Object.fromEntries(steps.map(({ id, after }) => [id.replace("blog.", ""), after]));
    };
    expect(afterOf({})).toMatchObject({
      health: ["blog.up"],
      smoke: ["blog.up"],
      logs: ["blog.health", "blog.smoke"],
      shift: ["blog.logs"],
    });
    expect(afterOf({ health: null })).toMatchObject({ smoke: ["blog.up"], logs: ["blog.smoke"] });
    expect(afterOf({ smoke: { kind: "none", why: "made up" } })).toMatchObject({ logs: ["blog.health"] });
  });

  it("holds a service against its contract beside its smoke test, by the requests of that", () => {
    const request = (method: string) => ({
      kind: "request" as const,
      ...{ method, path: "/", headers: {} },
      expect: { status: 200, headers: {}, json: {}, latency: null },
    });
    const checks = [request("GET"), request("POST"), { kind: "command" as const, command: ["x"], timeout: 1 }];
    const smoke = { kind: "checks" as const, checks, retries: 0, every: 1000 };
    const service = serviceOf("blog", "one", {
      spec: specOf("blog", { smoke }),
      contract: "services/blog/openapi.yaml",
    });
    const { steps } = makePlan(desiredOf([service]), nothing, sha256);
    const gate = steps.find(({ id }) => id === "blog.contract");
    expect(gate).toMatchObject({
      after: ["blog.up"],
      action: {
        gate: {
          kind: "contract",
          file: "services/blog/openapi.yaml",
          requests: [{ method: "GET" }, { method: "POST" }],
        },
      },
    });
    expect(steps.find(({ id }) => id === "blog.logs")?.after).toEqual(["blog.health", "blog.smoke", "blog.contract"]);
  });

  it("looks at the traffic beside the logs that are watched, at every stage, and goes on after both", async () => {
    const traffic = { errors: 0.01, slower: 3, least: 20 };
    const logs = { watch: 5000, critical: [], ignore: [] };
    const strategy = { kind: "canary", weights: [5], watch: 2000 } as const;
    const first = await runOn(emptyWorld(), makePlan(desiredOf([serviceOf("blog", "one")]), nothing, sha256), "r1");
    const observed = await first.observe();
    const stepsOf = (change: Parameters<typeof specOf>[1]) => {
      const spec = specOf("blog", { logs, traffic, strategy, ...change });
      return makePlan(desiredOf([serviceOf("blog", "two", { spec })]), observed, sha256).steps;
    };
    const afterOf = (steps: readonly Step[]) =>
      Object.fromEntries(steps.map(({ id, after }) => [id.replace("blog.", ""), after]));
    const steps = stepsOf({});
    expect(afterOf(steps)).toMatchObject({
      "logs-after.1": ["blog.shift.1"],
      "traffic.1": ["blog.shift.1"],
      "shift.2": ["blog.logs-after.1", "blog.traffic.1"],
      "logs-watch": ["blog.shift.2"],
      traffic: ["blog.shift.2"],
      retire: ["blog.logs-watch", "blog.traffic"],
      mark: ["blog.logs-watch", "blog.traffic"],
    });
    const gates = steps.flatMap(({ action }) =>
      action.kind === "gate" && action.gate.kind === "traffic" ? [action.gate] : [],
    );
    const [old] = observed.services.blog?.instances ?? [];
    expect(gates.map(({ watch, baseline }) => [watch, baseline])).toEqual([
      [2000, [{ observed: old?.id }]],
      [5000, [{ observed: old?.id }]],
    ]);
    const without = [stepsOf({ traffic: null }), stepsOf({ routes: [] })];
    for (const some of without) expect(some.filter(({ id }) => id.includes("traffic"))).toEqual([]);
    const rolling = stepsOf({ strategy: { kind: "rolling" }, replicas: 3, logs: { ...logs, watch: 0 } });
    expect(rolling.filter(({ id }) => id.includes("traffic"))).toEqual([]);
  });

  it("moves the traffic instance by instance where it is watched, and at once where it is not", async () => {
    const shifts = async (watch: number) => {
      const spec = specOf("blog", { replicas: 3, logs: { watch, critical: [], ignore: [] } });
      const service = (version: string) => desiredOf([serviceOf("blog", version, { spec })]);
      const observed = await (await runOn(emptyWorld(), makePlan(service("one"), nothing, sha256), "r1")).observe();
      return makePlan(service("two"), observed, sha256)
        .steps.filter(({ action }) => action.kind === "shift")
        .map(({ id }) => id);
    };
    expect(await shifts(1000)).toEqual(["blog.shift.1", "blog.shift.2", "blog.shift.3"]);
    expect(await shifts(0)).toEqual(["blog.shift"]);
  });

  it("names what is left alone and why the rest changes", () => {
    const observed = nothing;
    const plan = makePlan(desiredOf([serviceOf("blog", "first")]), observed, sha256);
    expect(plan.services).toMatchObject([{ name: "blog", change: "new", from: null, why: "not there yet" }]);
  });
});

describe("tests of the whole", () => {
  const tests = { command: ["npm", "test"], timeout: 1000 };
  const services = [serviceOf("auth", "a"), serviceOf("blog", "a", { needs: ["auth"] }), serviceOf("mail", "a")];
  const plan = makePlan(desiredOf(services, { tests }), nothing, sha256);
  const step = (id: string) => plan.steps.find((one) => one.id === id);

  it("come after every service's gates and before every mark", () => {
    expect(step("auth.tests")).toMatchObject({
      action: { kind: "gate", gate: { kind: "tests", command: ["npm", "test"], timeout: 1000 } },
      after: ["blog.shift", "mail.shift"],
    });
    expect(step("auth.mark")?.after).toEqual(["auth.tests"]);
    expect(step("blog.mark")?.after).toEqual(["auth.mark"]);
  });

  it("are not made where nothing changes, and change the plan's id where they do", () => {
    expect(makePlan(desiredOf([], { tests }), nothing, sha256).steps).toEqual([]);
    expect(plan.id).not.toBe(makePlan(desiredOf(services), nothing, sha256).id);
  });
});
