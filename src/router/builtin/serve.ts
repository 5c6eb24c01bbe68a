import { join } from "node:path";
import { assertNever } from "../../assert-never.ts";
import { StepFault } from "../../fault.ts";
import { systemClock } from "../../io/clock.ts";
import { keepCompiled } from "../../io/compile-cache.ts";
import { compileNoMore } from "../../io/end-process.ts";
import { readTextIfThere, writeDurably } from "../../io/files.ts";
import { systemRandom } from "../../io/random.ts";
import { removeDurably } from "../../io/remove-durably.ts";
import { replaceDurably } from "../../io/replace-durably.ts";
import { socketPath } from "../../io/socket-path.ts";
import { PORT_TAKEN } from "../port-taken.ts";
import { parseTable, ROUTES_REFUSED } from "../table.ts";
import { BuiltinRouter } from "./client.ts";
import { serveControl } from "./control.ts";
import { drained } from "./drained.ts";
import { EXIT } from "./exit-code.ts";
import { RouterServer } from "./server.ts";
import type { Command } from "./wire.ts";

/** What is in flight when the router is told to end gets this long, in milliseconds. */
const LAST_REQUESTS = 30_000;

const log = (line: string): void => {
  process.stderr.write(`${JSON.stringify({ time: systemClock.now(), pid: process.pid, line })}\n`);
};

/** The router's whole life in `folder`; resolves with its exit code. */
export async function serveRouter(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    log("usage: router FOLDER");
    return EXIT.usage;
  }
  process.umask(0o077);
  // One request's bug must not cost all the others theirs: it is written down, and the rest goes on.
  process.on("uncaughtException", (error) => log(`bug: ${error.stack ?? error.message}`));
  process.on("unhandledRejection", (reason) => log(`bug: ${reason instanceof Error ? reason.stack : String(reason)}`));
  process.on("SIGHUP", () => {});
  const ended = new Promise<void>((resolve) => {
    let told = false;
    const end = () => {
      if (told) process.exit(EXIT.orderly);
      told = true;
      compileNoMore();
      resolve();
    };
    process.on("SIGTERM", end);
    process.on("SIGINT", end);
  });
  try {
    return await live(folder, ended);
  } catch (error) {
    if (!(error instanceof StepFault)) {
      log(`bug: ${error instanceof Error ? error.stack : String(error)}`);
      return EXIT.bug;
    }
    log(`${error.code}: ${error.message}`);
    if (error.code === ROUTES_REFUSED) return EXIT.routesRefused;
    if (error.code !== PORT_TAKEN) return EXIT.bug;
    // Another start of this same router may just have been quicker.
    await systemClock.sleep(200);
    return (await answers(socketPath(folder, "router.sock"))) ? EXIT.alreadyRunning : EXIT.portTaken;
  }
}

async function live(folder: string, ended: Promise<void>): Promise<number> {
  const routes = join(folder, "routes.json");
  const text = await readTextIfThere(routes);
  if (text === null) throw new StepFault({ code: ROUTES_REFUSED, message: `${routes} is not there` });
  const table = parseTable(text);
  const socket = socketPath(folder, "router.sock");
  if (await answers(socket)) return EXIT.alreadyRunning;
  const server = new RouterServer({
    table,
    save: (next) => replaceDurably(routes, `${JSON.stringify(next, null, 2)}\n`),
    clock: systemClock,
    random: systemRandom,
    log,
  });
  // The port is what two routers of one folder cannot both have: who holds it may replace a dead one's socket.
  await server.open();
  removeDurably(socket);
  const control = await serveControl(socket, (command, signal) => obey(server, command, signal));
  writeDurably(join(folder, "router.pid"), `${process.pid}\n`);
  log(`serves ${table.listen.host}:${table.listen.port}, epoch ${table.epoch}`);
  keepCompiled();
  await ended;
  log("ends");
  await server.close(LAST_REQUESTS);
  control.close();
  removeDurably(socket);
  removeDurably(join(folder, "router.pid"));
  return EXIT.orderly;
}

async function obey(server: RouterServer, command: Command, signal: AbortSignal): Promise<unknown> {
  const { switchboard } = server;
  const state = () => ({ pid: process.pid, table: switchboard.table, stats: switchboard.stats() });
  switch (command.command) {
    case "apply":
      await server.apply(command.table);
      return state();
    case "state":
      return state();
    case "drained":
      return await drained({
        switchboard,
        instance: command.instance,
        limit: command.limit,
        clock: systemClock,
        signal,
      });
    default:
      return assertNever(command);
  }
}

async function answers(socket: string): Promise<boolean> {
  try {
    await new BuiltinRouter(socket).state(AbortSignal.timeout(2_000));
    return true;
  } catch {
    return false;
  }
}
