import { createServer, type Server, type Socket } from "node:net";
import { StepFault } from "../../fault.ts";
import { type Command, commandSchema, faultOf, type Reply } from "./wire.ts";

const LONGEST_LINE = 64 * 1024 * 1024;

/** Answers one command a connection. The signal given to `handle` aborts when whoever asked has gone. */
export async function serveControl(
  path: string,
  handle: (command: Command, signal: AbortSignal) => Promise<unknown>,
): Promise<Server> {
  const server = createServer((socket) => {
    const gone = new AbortController();
    socket.on("error", () => {});
    socket.on("close", () => gone.abort());
    readLine(socket, (line) => {
      void answer(line, handle, gone.signal).then((reply) => {
        if (!socket.destroyed) socket.end(`${JSON.stringify(reply)}\n`);
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Never, not even for a moment, open to others: the socket is made within this call.
    const before = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(before);
  });
  server.on("error", () => {});
  return server;
}

function readLine(socket: Socket, onLine: (line: string) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (chunk.includes(0x0a)) {
      socket.off("data", onData);
      // The end of the other side must still be seen.
      socket.resume();
      onLine(Buffer.concat(chunks).toString("utf8").split("\n", 1)[0] ?? "");
      chunks = [];
    } else if (size > LONGEST_LINE) socket.destroy();
  };
  socket.on("data", onData);
}

async function answer(
  line: string,
  handle: (command: Command, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<Reply> {
  try {
    return { result: (await handle(commandOf(line), signal)) ?? null };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

function commandOf(line: string): Command {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  const parsed = commandSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new StepFault({
    code: "bad-command",
    message: "The router does not know this command",
    evidence: parsed.error.message,
  });
}
