import type { FleetContainer } from "../compose/fleet-containers.ts";
import type { Service, ServiceSpec } from "../fleet/fleet.ts";

/** The part of a service that its running revision depends on, and nothing else: it is kept beside the verified mark. */
export const specOf = (
  { name, port, routes, replicas, health, smoke, logs, traffic, strategy, stop, start }: Service,
  contained: Pick<FleetContainer, "container" | "replicas"> | null,
): ServiceSpec => ({
  name,
  port,
  routes,
  replicas: contained?.replicas ?? replicas ?? 1,
  health,
  smoke,
  logs,
  traffic,
  strategy,
  stop,
  start,
  container: contained?.container ?? null,
});
