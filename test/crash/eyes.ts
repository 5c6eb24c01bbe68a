import { join } from "node:path";
import { instancesOf, type SeenInstance } from "../outside/processes.ts";
import type { TinyFleet } from "../tiny/tiny-fleet.ts";
import { type Heard, heard, routesIn, strangers } from "./looks.ts";

/** How a test looks at a fleet from outside, whatever its instances are. */
export type Eyes = Readonly<{
  instances: () => Promise<readonly SeenInstance[]>;
  /** What the router has on disk. */
  routes: () => string;
  /** What is neither instance, agent nor router. */
  strangers: () => Promise<readonly string[]>;
  /** Who answers for a service, by the pids that `instances` tells of. */
  heard: (service: string) => Promise<readonly Heard[]>;
}>;

export function processEyes(fleet: TinyFleet): Eyes {
  const folder = join(fleet.root, "..");
  return {
    instances: async () => instancesOf(folder),
    routes: () => routesIn(folder),
    strangers: () => strangers(folder),
    heard: (service) => heard(fleet, service),
  };
}
