import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { StepFault } from "../fault.ts";
import type { Clock } from "../io/clock.ts";
import { sha256 } from "../io/digest.ts";
import { identityOf } from "../io/identity.ts";
import { makeFolder } from "../io/make-folder.ts";
import { makePrivate } from "../io/private.ts";
import type { Random } from "../io/random.ts";
import { removeDurably } from "../io/remove-durably.ts";
import { lockFile } from "../io/sqlite.ts";
import { hostLaunch } from "../router/haproxy/launch.ts";
import type { Agent } from "./agent.ts";
import { engineSocket } from "./docker/address.ts";
import { Containers, isContainer } from "./docker/containers.ts";
import { containerLaunch } from "./docker/haproxy-launch.ts";
import { type LogLimits, Logs } from "./instances/logs.ts";
import { Ports } from "./instances/ports.ts";
import { processes } from "./instances/processes.ts";
import { Supervisor } from "./instances/supervisor.ts";
import { Routers } from "./routers.ts";
import { Secrets } from "./secrets.ts";
import { serve } from "./serve.ts";
import { agentSocket } from "./socket.ts";
import { openState } from "./state/database.ts";
import { Instances } from "./state/instances.ts";
import { Marks } from "./state/marks.ts";
import { Routes } from "./state/routes.ts";
import { Scopes } from "./state/scopes.ts";
import { Traffic } from "./state/traffic.ts";

export type AgentOptions = Readonly<{
  /** Absolute; one agent at a time. */
  stateFolder: string;
  /** Absolute path of the router's program. */
  routerEntry: string;
  /** The agent's own environment; of it, instances are given PATH and HOME. */
  environment: Readonly<Record<string, string>>;
  logLimits: LogLimits;
  clock: Clock;
  random: Random;
  log: (line: string) => void;
}>;

export type RunningAgent = Readonly<{
  agent: Agent;
  socket: string;
  /** Resolves when it was told to end and has. */
  ended: Promise<void>;
}>;

/** Another live agent has this state folder. */
export const ALREADY_RUNNING = "agent-already-running";

/** What waits is told so; whoever asked may ask the next agent. */
const ENDING = new StepFault({ code: "agent-unreachable", message: "The agent is ending", retry: "unknown" });

const LOOK_EVERY = 2_000;
const ROTATE_EVERY = 250;
/** Milliseconds that callers have to hang up once the agent is to end. */
const PATIENCE = 1_000;

/** Takes up the work of a state folder: finds what runs, starts what should, then listens. Faults: `agent-already-running`, `agent-state-…`. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { stateFolder, clock, log } = options;
  makeFolder(stateFolder);
  makePrivate(stateFolder);
  const lock = lockFile(join(stateFolder, "lock"));
  if (lock === null) {
    throw new StepFault({ code: ALREADY_RUNNING, message: `Another agent runs for ${stateFolder}`, retry: "safe" });
  }
  const stopped = new AbortController();
  const { signal } = stopped;
  const statePath = join(stateFolder, "agent.db");
  let server: Server;
  let database: ReturnType<typeof openState>;
  let agent: Agent;
  const connections = new Set<Socket>();
  const socket = agentSocket(stateFolder);
  try {
    database = openState(statePath);
    agent = assemble(options, {
      database,
      signal,
      stop: () => setImmediate(() => stopped.abort(ENDING)),
    });
    agent.supervisor.recover();
    agent.containers.recover();
    // Whoever left it there is dead: we hold the lock.
    removeDurably(socket);
    server = createServer((connection) => {
      connections.add(connection);
      connection.once("close", () => connections.delete(connection));
      void serve(agent, connection, statePath);
    });
    await listening(server, socket);
    makePrivate(socket);
  } catch (error) {
    lock.release();
    throw error;
  }
  log(`listening at ${socket} (pid ${process.pid})`);
  const work = [
    rotateLogs(agent, { clock, signal, log }),
    agent.routers.keepAlive(),
    endWhenUnreachable(agent, { socket, clock, signal, log }),
  ];
  const ended = (async () => {
    await Promise.allSettled(work);
    for (const connection of connections) connection.end();
    // One who sleeps at the other end would keep this agent, and its lock, from ending.
    const closed = new AbortController();
    clock.sleep(PATIENCE, closed.signal).then(
      () => {
        for (const connection of connections) connection.destroy();
      },
      () => undefined,
    );
    await new Promise<void>((resolve) => server.close(() => resolve()));
    closed.abort();
    database.close();
    lock.release();
    log("ended; instances and routers go on");
  })();
  return { agent, socket, ended };
}

function assemble(
  options: AgentOptions,
  own: Readonly<{ database: ReturnType<typeof openState>; signal: AbortSignal; stop: () => void }>,
): Agent {
  const { stateFolder, clock, random, log, environment } = options;
  const { database, signal, stop } = own;
  const scopes = new Scopes(database);
  const instances = new Instances(database);
  const routes = new Routes(database);
  const secrets = new Secrets(join(stateFolder, "variables"), random);
  const logs = new Logs({ folder: join(stateFolder, "instances"), limits: options.logLimits, clock });
  const ports = new Ports({ random, recorded: () => instances.ports() });
  const supervisor = new Supervisor({ instances, secrets, logs, clock, environment, signal, log });
  // The folder is all that two agents on one engine never share.
  const owner = sha256(stateFolder).slice(0, 16);
  const containers = new Containers({
    agent: owner,
    socket: () => engineSocket(environment),
    instances,
    secrets,
    logs,
    ports,
    clock,
    signal,
    log,
  });
  const asProcesses = processes({ supervisor, logs, clock });
  return {
    pid: process.pid,
    clock,
    random,
    scopes,
    instances,
    routes,
    marks: new Marks(database),
    traffic: new Traffic(database),
    secrets,
    logs,
    ports,
    supervisor,
    containers,
    owner,
    environment,
    signal,
    runtimeOf: (record) => (isContainer(record) ? containers : asProcesses),
    routers: new Routers({
      folder: join(stateFolder, "routers"),
      entry: options.routerEntry,
      scopes,
      routes,
      instances,
      clock,
      random,
      launch: (image) =>
        image === null ? hostLaunch() : containerLaunch({ image, engine: () => containers.engine(), log }),
      signal,
      log,
    }),
    stop,
  };
}

/** Without its socket nobody can tell it anything any more, and another agent may have taken its place. */
async function endWhenUnreachable(
  agent: Agent,
  cx: Readonly<{ socket: string; clock: Clock; signal: AbortSignal; log: (line: string) => void }>,
): Promise<void> {
  const ours = identityOf(cx.socket);
  while (identityOf(cx.socket) === ours) await cx.clock.sleep(LOOK_EVERY, cx.signal);
  cx.log(`${cx.socket} is gone`);
  agent.stop();
}

async function rotateLogs(
  agent: Agent,
  cx: Readonly<{ clock: Clock; signal: AbortSignal; log: (line: string) => void }>,
): Promise<void> {
  for (;;) {
    await agent.logs.rotate((error) => cx.log(`a log could not be rotated: ${(error as Error).message}`));
    await cx.clock.sleep(ROTATE_EVERY, cx.signal);
  }
}

const listening = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
