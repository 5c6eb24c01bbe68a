import { sha256 } from "../../src/io/digest.ts";
import type { Desired } from "../../src/plan/desired.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { memoryTarget } from "../../src/targets/memory/memory-target.ts";
import { emptyWorld } from "../../src/targets/memory/world.ts";
import { desiredOf, migrationsOf, plannedOf, serviceOf, specOf } from "../fleet-samples.ts";
import type { Scenario } from "./oracle.ts";
import { type Sea, sail } from "./ship.ts";

export type Harbour = Readonly<{ sea: Sea; plan: Plan; scenario: Scenario; release: string }>;

export const allPass = () => "passed" as const;
const nowhere = () => false;

/** Four services at version one, verified, and the plan that takes them to version two. */
export async function harbour(change: Partial<Desired> = {}): Promise<Harbour> {
  const sea: Sea = { world: emptyWorld(), databases: new Map(), disk: [] };
  const desired = fleetAt("one", change);
  const first = makePlan(desired, { environment: "staging", services: {} }, sha256);
  const status = await sail({ sea, plan: first, release: "r1", point: nowhere, judge: allPass, planted: {} });
  if (status !== "verified") throw new Error(`the first deployment ended ${status}`);
  sea.disk.length = 0;
  const next = fleetAt("two", change);
  const target = memoryTarget({
    world: sea.world,
    environment: "staging",
    clock: { now: () => 0, monotonic: () => 0, sleep: async () => {} },
    script: () => {},
  });
  const plan = makePlan(next, await target.observe({ signal: new AbortController().signal }), sha256);
  const services = next.services.map((service, index) => ({
    name: service.name,
    old: desired.services[index]?.revision.artifact ?? null,
    new: service.revision.artifact,
    replicas: service.spec.replicas,
  }));
  const steps = new Map(plan.steps.map(({ id, action }) => [id, action.kind === "bring" ? action.count : 0]));
  const verifiedBefore = new Set(desired.services.map(({ revision }) => revision.artifact));
  return { sea, plan, release: "r2", scenario: { services, steps, release: "r2", verifiedBefore } };
}

function fleetAt(version: string, change: Partial<Desired>): Desired {
  const next = version !== "one";
  const migrations = migrationsOf({
    up: next ? [plannedOf("0002_two")] : [],
    after: next ? [plannedOf("0003_filled", { phase: "data" })] : [],
    level: "0002_two",
  });
  return desiredOf(
    [
      serviceOf("auth", version, { spec: specOf("auth", { replicas: 2 }), migrations }),
      serviceOf("content", version, {
        needs: ["auth"],
        spec: specOf("content", { strategy: { kind: "blue-green" } }),
        migrations,
      }),
      serviceOf("points", version, { needs: ["auth"] }),
      serviceOf("blog", version, {
        needs: ["content", "points"],
        spec: specOf("blog", { strategy: { kind: "canary", weights: [20], watch: 0 } }),
      }),
    ],
    change,
  );
}
