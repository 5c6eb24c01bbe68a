import { fileURLToPath } from "node:url";
import { StepFault } from "../fault.ts";
import { systemClock } from "../io/clock.ts";
import { keepCompiled } from "../io/compile-cache.ts";
import { endProcess } from "../io/end-process.ts";
import { processEnvironment } from "../io/environment.ts";
import { isoTime } from "../io/iso-time.ts";
import { systemRandom } from "../io/random.ts";
import { LOG_LIMITS } from "./instances/logs.ts";
import { ALREADY_RUNNING, startAgent } from "./start.ts";

/** Beside this file: as source in its own folder, in the published package as one file. */
const ROUTER = import.meta.url.endsWith(".ts") ? "../router/builtin/main.ts" : "./router.js";

const log = (line: string): void => {
  process.stdout.write(`${isoTime(systemClock.now())} ${line}\n`);
};

// A supervisor goes on: what it looks after must not suffer for a bug in one request.
process.on("uncaughtException", (error) => log(`bug: ${error.stack ?? error.message}`));
process.on("unhandledRejection", (reason) => log(`bug: ${reason instanceof Error ? reason.stack : String(reason)}`));

const [, , stateFolder] = process.argv;
if (stateFolder === undefined) {
  log("usage: agent STATE_FOLDER");
  process.exit(2);
}
try {
  const { agent, ended } = await startAgent({
    stateFolder,
    routerEntry: fileURLToPath(new URL(ROUTER, import.meta.url)),
    environment: processEnvironment(),
    logLimits: LOG_LIMITS,
    clock: systemClock,
    random: systemRandom,
    log,
  });
  keepCompiled();
  process.once("SIGTERM", () => agent.stop());
  process.once("SIGINT", () => agent.stop());
  await ended;
  endProcess(0);
} catch (error) {
  log(
    error instanceof StepFault ? `${error.code}: ${error.message} ${error.evidence}` : String((error as Error).stack),
  );
  endProcess(error instanceof StepFault && error.code === ALREADY_RUNNING ? 0 : 1);
}
