import { createConnection } from "node:net";
import { StepFault } from "../../fault.ts";
import { ROUTER_SILENT, ROUTER_UNREACHABLE } from "../faults.ts";

/** HAProxy takes a line of its buffer's size at most (32 KiB by our configuration). */
const LONGEST = 12_000;

/** Milliseconds that HAProxy has to answer a line. */
const PATIENCE = 10_000;

/** Tells HAProxy several things, a line of them at a time; resolves with all that it said. Faults: `router-unreachable`, `router-silent`. */
export async function tell(
  socket: string,
  commands: readonly string[],
  signal: AbortSignal,
  patience = PATIENCE,
): Promise<string> {
  let said = "";
  let line = "";
  for (const command of commands) {
    if (line !== "" && line.length + command.length > LONGEST) {
      said += await ask({ path: socket, line, patience }, signal);
      line = "";
    }
    line = line === "" ? command : `${line};${command}`;
  }
  return line === "" ? said : said + (await ask({ path: socket, line, patience }, signal));
}

/** One line over a connection of its own, which HAProxy closes once it has answered. */
function ask(
  { path, line, patience }: Readonly<{ path: string; line: string; patience: number }>,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const chunks: Buffer[] = [];
    const socket = createConnection(path);
    let whole = false;
    const onAbort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const late = setTimeout(() => {
      reject(
        new StepFault({
          code: ROUTER_SILENT,
          message: `HAProxy at ${path} has not answered for ${patience} ms`,
          evidence:
            "it is there, but stopped (SIGSTOP, a debugger) or starved: let it go on (kill -CONT), or end it and another is started",
          retry: "safe",
        }),
      );
      socket.destroy();
    }, patience);
    socket.on("connect", () => socket.write(`${line}\n`));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => {
      whole = chunks.length > 0;
      socket.end();
    });
    const cut = (why: string) =>
      reject(
        new StepFault({
          code: ROUTER_UNREACHABLE,
          message: `HAProxy does not answer at ${path}`,
          evidence: why,
          retry: "safe",
        }),
      );
    socket.on("error", (error) => cut(error.message));
    socket.on("close", () => {
      clearTimeout(late);
      signal.removeEventListener("abort", onAbort);
      if (whole) resolve(Buffer.concat(chunks).toString("utf8"));
      else cut("the connection was closed before an answer");
    });
  });
}
