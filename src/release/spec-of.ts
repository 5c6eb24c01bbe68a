import type { ContainerSpec } from "../fleet/container.ts";
import type { Service, ServiceSpec } from "../fleet/fleet.ts";

/** The part of a service that its running revision depends on, and nothing else: it is kept beside the verified mark. */
export const specOf = (
  { name, port, routes, replicas, health, smoke, logs, strategy, stop, start }: Service,
  container: ContainerSpec | null,
): ServiceSpec => ({
  name,
  port,
  routes,
  replicas,
  health,
  smoke,
  logs,
  strategy,
  stop,
  start,
  container,
});
