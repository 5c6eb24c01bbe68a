import { describe, expect, it } from "vitest";
import type { ServiceSpec } from "../../src/fleet/fleet.ts";
import { sha256 } from "../../src/io/digest.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { memoryTarget } from "../../src/targets/memory/memory-target.ts";
import { emptyWorld } from "../../src/targets/memory/world.ts";
import { desiredOf, serviceOf, specOf } from "../fleet-samples.ts";
import { allPass } from "./harbour.ts";
import { type Sea, sail, type Voyage } from "./ship.ts";

const still = { now: () => 0, monotonic: () => 0, sleep: async () => {} };

type Leg = Readonly<{ release: string; version: string; dieAt?: string; judge?: Voyage["judge"] }>;

/** Deployments of one service, one after the other, each planned from what the one before it left. */
function shipping(spec: ServiceSpec) {
  const sea: Sea = { world: emptyWorld(), databases: new Map(), disk: [] };
  const target = memoryTarget({ world: sea.world, environment: "staging", clock: still, script: () => {} });
  /** Versions that had traffic, in the order in which they first had it. */
  const seen: string[][] = [];
  const routed = (): string[] =>
    (sea.world.routes.get("blog")?.backends ?? [])
      .filter(({ weight }) => weight > 0)
      .map(({ instance }) => sea.world.instances.get(instance)?.source.split("/").at(-1) ?? "gone")
      .sort();
  const deploy = async ({ release, version, dieAt, judge = allPass }: Leg) => {
    const observed = await target.observe({ signal: new AbortController().signal });
    const plan = makePlan(desiredOf([serviceOf("blog", version, { spec })]), observed, sha256);
    sea.disk.length = 0;
    seen.length = 0;
    return sail({
      sea,
      plan,
      release,
      point: (name) => name === dieAt,
      judge,
      planted: {},
      onLanded: () => seen.push(routed()),
    });
  };
  const alive = () =>
    [...sea.world.instances.values()].filter(({ state }) => state !== "retired").map(({ source }) => source);
  return { sea, deploy, routed, alive, seen };
}

const SPECS = {
  rolling: specOf("blog", { replicas: 2, logs: { watch: 1, critical: [], ignore: [] } }),
  "blue-green": specOf("blog", { replicas: 2, strategy: { kind: "blue-green" } }),
  canary: specOf("blog", { replicas: 2, strategy: { kind: "canary", weights: [5, 50], watch: 0 } }),
  "stop-first": specOf("blog", { replicas: 2, strategy: { kind: "stop-first", why: "one writer" } }),
} as const;

describe.each(["rolling", "blue-green", "canary"] as const)("what a %s release that was cut off left", (kind) => {
  it("gets no traffic from the next one", async () => {
    const { deploy, seen, routed } = shipping(SPECS[kind]);
    await deploy({ release: "r1", version: "one" });
    expect(await deploy({ release: "r2", version: "two", dieAt: "journal done blog.bring after" })).toBe("crashed");
    expect(await deploy({ release: "r3", version: "three" })).toBe("verified");
    expect(seen.flat()).not.toContain("two");
    expect(routed()).toEqual(["three", "three"]);
  });

  it("is gone, and the verified version serves, when the next one fails", async () => {
    const first = kind === "blue-green" ? "shift" : "shift.1";
    const { deploy, routed, alive } = shipping(SPECS[kind]);
    await deploy({ release: "r1", version: "one" });
    expect(await deploy({ release: "r2", version: "two", dieAt: `journal done blog.${first} after` })).toBe("crashed");
    expect(routed()).toContain("two");
    const judge: Voyage["judge"] = ({ gate }) => (gate.kind === "health" ? "failed" : "passed");
    expect(await deploy({ release: "r3", version: "three", judge })).toBe("rolled-back");
    expect(routed()).toEqual(["one", "one"]);
    expect(alive()).toEqual(["/bundles/blog/one", "/bundles/blog/one"]);
  });

  it("is no way back to the verified version", async () => {
    const { deploy, routed, alive, seen } = shipping(SPECS[kind]);
    await deploy({ release: "r1", version: "one" });
    await deploy({ release: "r2", version: "two", dieAt: "journal done blog.bring after" });
    expect(await deploy({ release: "r3", version: "one" })).toBe("verified");
    expect(seen.flat()).not.toContain("two");
    expect(routed()).toEqual(["one", "one"]);
    expect(alive()).toEqual(["/bundles/blog/one", "/bundles/blog/one"]);
  });
});

it("is taken over by the same release started anew", async () => {
  const { deploy, routed, alive } = shipping(SPECS.canary);
  await deploy({ release: "r1", version: "one" });
  await deploy({ release: "r2", version: "two", dieAt: "journal done blog.shift.1 after" });
  expect(await deploy({ release: "r3", version: "two" })).toBe("verified");
  expect(routed()).toEqual(["two", "two"]);
  expect(alive()).toHaveLength(2);
});

it("is replaced by the same release started anew when it has died before", async () => {
  const { sea, deploy, routed, alive } = shipping(SPECS.rolling);
  await deploy({ release: "r1", version: "one" });
  await deploy({ release: "r2", version: "two", dieAt: "journal done blog.bring after" });
  const left = [...sea.world.instances.values()].filter(({ release }) => release === "r2");
  for (const instance of left) instance.restarts = 1;
  expect(await deploy({ release: "r3", version: "two" })).toBe("verified");
  expect(routed()).toEqual(["two", "two"]);
  expect(alive()).toHaveLength(2);
  expect(left.map(({ state }) => state)).toEqual(["retired", "retired"]);
});
