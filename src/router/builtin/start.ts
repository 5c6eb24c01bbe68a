import { join } from "node:path";
import { StepFault } from "../../fault.ts";
import { compileCache } from "../../io/compile-cache.ts";
import { readTextIfThere, writeDurably } from "../../io/files.ts";
import { removeDurably } from "../../io/remove-durably.ts";
import { socketPath } from "../../io/socket-path.ts";
import { type Detached, spawnDetached } from "../../io/spawn-detached.ts";
import { ROUTER_SILENT, ROUTER_UNREACHABLE } from "../faults.ts";
import { portTaken } from "../port-taken.ts";
import type { RouterState, RouterTable } from "../router.ts";
import { chosen, type StartedRouter, type StartOptions, upToDate } from "../start-options.ts";
import { parseTable, ROUTES_REFUSED } from "../table.ts";
import { BuiltinRouter } from "./client.ts";
import { EXIT } from "./exit-code.ts";

const ROUTES_FILE = "routes.json";
const ROUTER_LOG = "router.log";

export type BuiltinOptions = StartOptions &
  Readonly<{
    /** Absolute path of the router's program: src/router/builtin/main.ts, or dist/router.js in the published package. */
    entry: string;
  }>;

/** Connects to the router of a folder without starting one. */
export const routerAt = (folder: string): BuiltinRouter => new BuiltinRouter(socketPath(folder, "router.sock"));

/**
 * The router of a folder: the one that runs there, or a new process that outlives this one. Resolves once it answers and
 * serves `table` or newer routes. Faults: `port-taken`, `routes-refused`, `router-not-started`.
 */
export async function startRouter(options: BuiltinOptions): Promise<StartedRouter> {
  const { folder, table, log, signal } = options;
  const router = routerAt(folder);
  const running = await stateOrNull(router, signal);
  if (running !== null) {
    log(`the router of ${folder} runs already (pid ${running.pid}, epoch ${running.table.epoch})`);
    return await started(router, { adopted: true, running }, options);
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
  return await started(router, { adopted: false, running: state }, options);
}

/** What the router of a folder says that it does; null: none runs there. */
export const builtinTable = async (folder: string, signal: AbortSignal): Promise<RouterTable | null> =>
  (await stateOrNull(routerAt(folder), signal))?.table ?? null;

const routesFile = (folder: string) => join(folder, ROUTES_FILE);

function putBack(folder: string, before: string | null): void {
  if (before === null) removeDurably(routesFile(folder));
  else writeDurably(routesFile(folder), before);
}

async function started(
  router: BuiltinRouter,
  { adopted, running }: Readonly<{ adopted: boolean; running: RouterState }>,
  options: BuiltinOptions,
): Promise<StartedRouter> {
  const table = await upToDate(router, running.table, options);
  return { router, pid: () => running.pid, orderly: "SIGTERM", adopted, table };
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
  at: Readonly<{ router: BuiltinRouter; child: Detached; options: BuiltinOptions; listen: RouterTable["listen"] }>,
): Promise<RouterState> {
  const { router, child, options } = at;
  const { clock } = options;
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
  { options, listen }: Readonly<{ options: BuiltinOptions; listen: RouterTable["listen"] }>,
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
