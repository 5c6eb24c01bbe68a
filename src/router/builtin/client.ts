import { createConnection } from "node:net";
import { StepFault } from "../../fault.ts";
import { ROUTER_SILENT, ROUTER_UNREACHABLE } from "../faults.ts";
import type { Router, RouterState, RouterTable } from "../router.ts";
import { type Command, replySchema, stateSchema } from "./wire.ts";

/** Milliseconds that a router has to answer, beyond what a command asks for by itself. */
const PATIENCE = 10_000;

/** Speaks to a builtin router over its control socket; a connection a command, so that there is none to lose between. */
export class BuiltinRouter implements Router {
  readonly #socket: string;
  readonly #patience: number;

  constructor(socket: string, patience = PATIENCE) {
    this.#socket = socket;
    this.#patience = patience;
  }

  /**
   * Faults: `stale-epoch` (another table is there under this epoch or a later one), `port-taken`, `routes-refused`,
   * `router-unreachable`, `router-silent`.
   */
  async apply(table: RouterTable, signal: AbortSignal): Promise<RouterState> {
    return stateSchema.parse(await this.#ask({ command: "apply", table }, signal));
  }

  async state(signal: AbortSignal): Promise<RouterState> {
    return stateSchema.parse(await this.#ask({ command: "state" }, signal));
  }

  async drained(instance: string, limit: number, signal: AbortSignal): Promise<boolean> {
    return (await this.#ask({ command: "drained", instance, limit }, signal)) === true;
  }

  async #ask(command: Command, signal: AbortSignal): Promise<unknown> {
    const timeout = this.#patience + (command.command === "drained" ? command.limit : 0);
    const line = await exchange({ path: this.#socket, line: JSON.stringify(command), timeout, signal });
    const reply = replySchema.parse(JSON.parse(line));
    if ("fault" in reply) throw new StepFault(reply.fault);
    return reply.result;
  }
}

function exchange(
  ask: Readonly<{ path: string; line: string; timeout: number; signal: AbortSignal }>,
): Promise<string> {
  const { path, line, timeout, signal } = ask;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const chunks: Buffer[] = [];
    const socket = createConnection(path);
    const onAbort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const late = setTimeout(() => {
      reject(
        new StepFault({
          code: ROUTER_SILENT,
          message: `The router at ${path} has not answered for ${timeout} ms`,
          evidence:
            "it is there, but stopped (SIGSTOP, a debugger) or starved: let it go on (kill -CONT), or end it and another is started",
          retry: "safe",
        }),
      );
      socket.destroy();
    }, timeout);
    socket.on("connect", () => socket.write(`${line}\n`));
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      if (!chunk.includes(0x0a)) return;
      resolve(Buffer.concat(chunks).toString("utf8").split("\n", 1)[0] ?? "");
      socket.end();
    });
    const cut = (why: string) =>
      reject(
        new StepFault({
          code: ROUTER_UNREACHABLE,
          message: `The router at ${path} does not answer`,
          evidence: why,
          retry: "safe",
        }),
      );
    socket.on("error", (error) => cut(error.message));
    socket.on("close", () => {
      clearTimeout(late);
      signal.removeEventListener("abort", onAbort);
      cut("the connection was closed before an answer");
    });
  });
}
