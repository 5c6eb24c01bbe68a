import { createConnection } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { PROTOCOL_VERSION } from "../../agent/protocol.ts";
import { agentSocket } from "../../agent/socket.ts";
import { StepFault } from "../../fault.ts";
import { type Clock, systemClock } from "../../io/clock.ts";
import { compileCache } from "../../io/compile-cache.ts";
import { processEnvironment } from "../../io/environment.ts";
import { readTextIfThere } from "../../io/files.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { type Exit, startProcess } from "../../io/process.ts";
import { AGENT_UNREACHABLE, type Line, LineConnection } from "../connection.ts";
import type { AgentConnection, Host } from "../host.ts";

export type LocalHostOptions = Readonly<{
  /** Absolute; the agent's own, made with mode 0700. */
  stateFolder: string;
  /** Absolute path of the agent's program: src/agent/main.ts, or dist/agent.js. */
  agentEntry: string;
  name?: string;
  clock?: Clock;
  /** Milliseconds that a new agent has until it answers. */
  patience?: number;
}>;

export interface LocalHost extends Host {
  /** The agent that runs, or null: none is started. */
  find(signal: AbortSignal): Promise<AgentConnection | null>;
}

const PATIENCE = 15_000;
const POLL = 15;

const helloSchema = z.looseObject({ protocol: z.number(), pid: z.number() });

/** This machine. Its agent is started when none answers; two at once start one. Faults: `agent-not-started`. */
export function localHost(options: LocalHostOptions): LocalHost {
  const { stateFolder, name = "local" } = options;
  const open = () => openLine(agentSocket(stateFolder));
  const speak = (line: Line) => new LineConnection({ host: name, line, open });
  return {
    name,
    find: (signal) => greeted(open, speak, signal),
    async connect(signal) {
      makeFolder(stateFolder);
      const running = await greeted(open, speak, signal);
      if (running !== null) return running;
      return await started({ options, open, speak, signal });
    },
  };
}

type Ways = Readonly<{ open: () => Promise<Line>; speak: (line: Line) => LineConnection; signal: AbortSignal }>;

async function started(at: Ways & Readonly<{ options: LocalHostOptions }>): Promise<AgentConnection> {
  const { options, open, speak, signal } = at;
  const { clock = systemClock, patience = PATIENCE } = options;
  const until = clock.monotonic() + patience;
  let child = start(options);
  for (;;) {
    const connection = await greeted(open, speak, signal);
    if (connection !== null) return connection;
    const exit = child.ended();
    if (clock.monotonic() > until || (exit !== null && saysNo(exit))) throw await notStarted(options);
    await clock.sleep(POLL, signal);
    // It found another one, that answers in a moment or is about to end and leaves the folder to the next; or it was killed, which
    // says nothing of the next one.
    if (exit !== null) child = start(options);
  }
}

const saysNo = (exit: Exit): boolean => exit.signal === null && exit.code !== 0;

function start({ stateFolder, agentEntry }: LocalHostOptions): Readonly<{ ended: () => Exit | null }> {
  const { exited } = startProcess({
    argv: [process.execPath, agentEntry, stateFolder],
    cwd: stateFolder,
    env: { ...needed(processEnvironment()), ...compileCache() },
    log: logOf(stateFolder),
  });
  let exit: Exit | null = null;
  void exited.then((how) => {
    exit = how;
  });
  return { ended: () => exit };
}

async function notStarted({ stateFolder, name = "local" }: LocalHostOptions): Promise<StepFault> {
  const said = (await readTextIfThere(logOf(stateFolder))) ?? "";
  return new StepFault({
    code: "agent-not-started",
    message: `The agent of ${name} could not be started in ${stateFolder}`,
    evidence: said.trimEnd().split("\n").slice(-15).join("\n"),
    retry: "safe",
  });
}

const logOf = (stateFolder: string) => join(stateFolder, "agent.log");

const NEEDED = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "DOCKER_HOST", "DOCKER_CONFIG"];

/** The variables of whoever happened to start the agent are none of its instances' business. */
const needed = (ours: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(ours).filter(([name]) => NEEDED.includes(name)));

/** A connection to an agent that speaks as we do; null when none answers. An agent of another version is asked to go. */
async function greeted(
  open: () => Promise<Line>,
  speak: (line: Line) => LineConnection,
  signal: AbortSignal,
): Promise<AgentConnection | null> {
  signal.throwIfAborted();
  let line: Line;
  try {
    line = await open();
  } catch {
    return null;
  }
  const connection = speak(line);
  try {
    const { protocol } = helloSchema.parse(await connection.call("hello", {}, signal));
    if (protocol === PROTOCOL_VERSION) return connection;
    await connection.call("shutdown", {}, signal);
  } catch (error) {
    connection.close();
    if (error instanceof StepFault && error.code === AGENT_UNREACHABLE) return null;
    throw error;
  }
  connection.close();
  return null;
}

const openLine = (path: string): Promise<Line> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      resolve(socket);
    });
  });
