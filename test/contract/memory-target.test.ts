import { systemClock } from "../../src/io/clock.ts";
import { memoryTarget } from "../../src/targets/memory/memory-target.ts";
import { emptyWorld, type World } from "../../src/targets/memory/world.ts";
import type { InstancesTarget } from "../../src/targets/target.ts";
import { targetContract } from "./targets.contract.ts";

targetContract("the target in memory", async () => {
  const worlds = new Map<string, World>();
  const worldOf = (fleet: string, environment: string): World => {
    const key = `${fleet}/${environment}`;
    const world = worlds.get(key) ?? emptyWorld(key);
    worlds.set(key, world);
    return world;
  };
  const behind = new Map<InstancesTarget, World>();
  return {
    target: async (fleet, environment) => {
      const world = worldOf(fleet, environment);
      const target = memoryTarget({ world, environment, clock: systemClock, script: () => {} });
      behind.set(target, world);
      return target;
    },
    source: async (version) => `/bundles/${version}`,
    kill: async (target, { id }) => {
      const instance = behind.get(target)?.instances.get(id);
      if (instance === undefined || instance.state === "retired") throw new Error(`${id} does not run`);
      Object.assign(instance, { restarts: instance.restarts + 1, lastExit: "SIGKILL" });
    },
    close: async () => {},
  };
});
