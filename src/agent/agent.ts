import type { Clock } from "../io/clock.ts";
import type { Random } from "../io/random.ts";
import type { Logs } from "./instances/logs.ts";
import type { Ports } from "./instances/ports.ts";
import type { Supervisor } from "./instances/supervisor.ts";
import type { Routers } from "./routers.ts";
import type { Secrets } from "./secrets.ts";
import type { Instances } from "./state/instances.ts";
import type { Marks } from "./state/marks.ts";
import type { Routes } from "./state/routes.ts";
import type { Scopes } from "./state/scopes.ts";

/** The one program that changes anything on a host: what its methods work with. */
export type Agent = Readonly<{
  pid: number;
  clock: Clock;
  random: Random;
  scopes: Scopes;
  instances: Instances;
  routes: Routes;
  marks: Marks;
  secrets: Secrets;
  logs: Logs;
  ports: Ports;
  supervisor: Supervisor;
  routers: Routers;
  /** Ends the agent alone: instances and routers go on. */
  stop(): void;
}>;
