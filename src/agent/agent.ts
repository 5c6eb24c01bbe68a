import type { Clock } from "../io/clock.ts";
import type { Random } from "../io/random.ts";
import type { Containers } from "./docker/containers.ts";
import type { Logs } from "./instances/logs.ts";
import type { Ports } from "./instances/ports.ts";
import type { Supervisor } from "./instances/supervisor.ts";
import type { Routers } from "./routers.ts";
import type { Runtime } from "./runtime.ts";
import type { Secrets } from "./secrets.ts";
import type { InstanceRecord, Instances } from "./state/instances.ts";
import type { Marks } from "./state/marks.ts";
import type { Routes } from "./state/routes.ts";
import type { Scopes } from "./state/scopes.ts";
import type { Traffic } from "./state/traffic.ts";

/** The one program that changes anything on a host: what its methods work with. */
export type Agent = Readonly<{
  pid: number;
  clock: Clock;
  random: Random;
  scopes: Scopes;
  instances: Instances;
  routes: Routes;
  marks: Marks;
  traffic: Traffic;
  secrets: Secrets;
  logs: Logs;
  ports: Ports;
  supervisor: Supervisor;
  containers: Containers;
  /** What containers of this agent are labelled with. */
  owner: string;
  /** The agent's own environment: what commands that it runs are given. */
  environment: Readonly<Record<string, string>>;
  /** Aborted when the agent ends. */
  signal: AbortSignal;
  /** What looks after an instance of this kind. */
  runtimeOf(of: Pick<InstanceRecord, "spec">): Runtime;
  routers: Routers;
  /** Ends the agent alone: instances and routers go on. */
  stop(): void;
}>;
