import { join } from "node:path";
import { StepFault } from "../../fault.ts";
import { type Clock, systemClock } from "../../io/clock.ts";
import { compileCache } from "../../io/compile-cache.ts";
import { readTextIfThere, writeDurably } from "../../io/files.ts";
import { removeDurably } from "../../io/remove-durably.ts";
import { socketPath } from "../../io/socket-path.ts";
import { type Detached, spawnDetached } from "../../io/spawn-detached.ts";
import type { RouterState, RouterTable } from "../router.ts";
import { BuiltinRouter, ROUTER_SILENT, ROUTER_UNREACHABLE } from "./client.ts";
import { EXIT } from "./exit-code.ts";
import { portTaken } from "./port-taken.ts";
import { parseTable, ROUTES_REFUSED } from "./table.ts";

const ROUTES_FILE = "routes.json";
const ROUTER_LOG = "router.log";

export type StartOptions = Readonly<{
  /** Absolute; of this (fleet, environment) alone. Made with mode 0700 when missing. */
  folder: string;
  /** What to serve when the folder has no routes yet, or older ones. Newer routes on disk win: they are what was applied last. */
  table: RouterTable;
  /** Absolute path of the router's program: src/router/builtin/main.ts, or dist/router.js in the published package. */
  entry: string;
  log: (line: string) => void;
  signal: AbortSignal;
  clock?: Clock;
  /** Milliseconds that the process has until it answers; default 30,000. */
  patience?: number;
}>;

export type StartedRouter = Readonly<{
  router: BuiltinRouter;
  pid: number;
  /** It ran already. */
  adopted: boolean;
  /** What it serves now: the epoch to count on from is in it. */
  table: RouterTable;
}>;

/** Connects to the router of a folder without starting one. */
export const routerAt = (folder: string): BuiltinRouter => new BuiltinRouter(socketPath(folder, "router.sock"));

/**
 * The router of a folder: the one that runs there, or a new process that outlives this one. Resolves once it answers and
 * serves `table` or newer routes. Faults: `port-taken`, `routes-refused`, `router-not-started`.
 */
export async function startRouter(options: StartOptions): Promise<StartedRouter> {
  const { folder, table, log, signal } = options;
  const router = routerAt(folder);
  const running = await stateOrNull(router, signal);
  if (running !== null) {
    log(`the router of ${folder} runs already (pid ${running.pid}, epoch ${running.table.epoch})`);
    return { router, adopted: true, ...(await upToDate({ router, running, table, signal })) };
  }
  const before = await readTextIfThere(routesFile(folder));
  const onDisk = before === null ? null : parseTable(before);
  const serve = chosen(onDisk, table);
  if (serve !== onDisk) writeDurably(routesFile(folder), `${JSON.stringify(serve, null, 2)}\n`);
  const child = await spawnDetached({
    argv: [process.execPath, options.entry, folder],
    cwd: folder,
    env: { ...environment(), ...compileCache() },
    logFile: join(folder, ROUTER_LOG),
  });
  let state: RouterState;
  try {
    state = await answering({ router, child, options, listen: serve.listen });
  } catch (fault) {
    // It never served these: what was there before is still what was applied last.
    if (child.ended() !== null) putBack(folder, before);
    throw fault;
  }
  log(`started the router of ${folder} (pid ${state.pid}, epoch ${state.table.epoch})`);
  return { router, adopted: false, ...(await upToDate({ router, running: state, table, signal })) };
}

const routesFile = (folder: string) => join(folder, ROUTES_FILE);

/** Newer routes on disk were applied last and win; where to listen is what is asked for now. */
function chosen(onDisk: RouterTable | null, asked: RouterTable): RouterTable {
  if (onDisk === null || onDisk.epoch < asked.epoch) return asked;
  const same = onDisk.listen.host === asked.listen.host && onDisk.listen.port === asked.listen.port;
  return same ? onDisk : { ...onDisk, listen: asked.listen, epoch: onDisk.epoch + 1 };
}

function putBack(folder: string, before: string | null): void {
  if (before === null) removeDurably(routesFile(folder));
  else writeDurably(routesFile(folder), before);
}

async function upToDate(
  at: Readonly<{ router: BuiltinRouter; running: RouterState; table: RouterTable; signal: AbortSignal }>,
): Promise<Readonly<{ pid: number; table: RouterTable }>> {
  if (at.running.table.epoch >= at.table.epoch) return { pid: at.running.pid, table: at.running.table };
  await at.router.apply(at.table, at.signal);
  return { pid: at.running.pid, table: at.table };
}

/** Only what a router needs: the secrets in our environment are none of its business. */
function environment(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "TZ", "LANG"];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function stateOrNull(router: BuiltinRouter, signal: AbortSignal): Promise<RouterState | null> {
  try {
    return await router.state(signal);
  } catch (error) {
    if (error instanceof StepFault && error.code === ROUTER_UNREACHABLE) return null;
    throw error;
  }
}

async function answering(
  at: Readonly<{ router: BuiltinRouter; child: Detached; options: StartOptions; listen: RouterTable["listen"] }>,
): Promise<RouterState> {
  const { router, child, options } = at;
  const clock = options.clock ?? systemClock;
  const until = clock.monotonic() + (options.patience ?? 30_000);
  for (;;) {
    const state = await stateOrNull(router, options.signal).catch((error: unknown) => {
      // One that is only just starting may be slow to say its first word.
      if (error instanceof StepFault && error.code === ROUTER_SILENT) return null;
      throw error;
    });
    if (state !== null) return state;
    const exit = child.ended();
    // Another starter was quicker: its router is the one to use, and it answers or will in a moment.
    if (exit !== null && exit !== EXIT.alreadyRunning) throw await failure(exit, at);
    if (clock.monotonic() > until) {
      throw new StepFault({
        code: "router-not-started",
        message: `The router of ${options.folder} (pid ${child.pid}) did not answer in time`,
        evidence: await lastLines(options.folder),
        retry: "unknown",
      });
    }
    await clock.sleep(20, options.signal);
  }
}

async function failure(
  exit: number,
  { options, listen }: Readonly<{ options: StartOptions; listen: RouterTable["listen"] }>,
): Promise<StepFault> {
  if (exit === EXIT.portTaken) return portTaken(listen);
  const evidence = await lastLines(options.folder);
  if (exit === EXIT.routesRefused) {
    return new StepFault({
      code: ROUTES_REFUSED,
      message: `${routesFile(options.folder)} cannot be used`,
      evidence,
    });
  }
  return new StepFault({
    code: "router-not-started",
    message: `The router of ${options.folder} ended with ${exit} before it answered`,
    evidence,
    retry: "safe",
  });
}

async function lastLines(folder: string): Promise<string> {
  const text = (await readTextIfThere(join(folder, ROUTER_LOG))) ?? "";
  return text.trimEnd().split("\n").slice(-5).join("\n");
}
