import type { IncomingHttpHeaders } from "node:http";
import { meteredSocket, TooMuch } from "./metered-socket.ts";

// Imported, the module would read all that it exports, its WebSocket among it, and that takes 60 ms at every start.
const { request } = process.getBuiltinModule("node:http");

export type BoundedRequest = Readonly<{
  host: string;
  port: number;
  method: string;
  /** Starts with a slash. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Milliseconds for everything: connection, headers and body. */
  timeout: number;
  /** Bytes that are read at most, everything counted. */
  limit: number;
  signal: AbortSignal;
}>;

export type BoundedAnswer = Readonly<
  | { kind: "answer"; status: number; headers: IncomingHttpHeaders; body: Buffer; read: number; took: number }
  /** `refused` nobody listens · `not-http` it speaks something else · `broken` the answer stopped short or was reset. */
  | { kind: "none"; why: "refused" | "timeout" | "too-much" | "not-http" | "broken" | "unusable"; message: string }
>;

/**
 * One request that cannot hurt who makes it: a connection of its own, no redirect followed, nothing decompressed, and hard
 * limits of time and bytes. Rejects only with the signal's reason.
 */
export function boundedRequest(ask: BoundedRequest): Promise<BoundedAnswer> {
  ask.signal.throwIfAborted();
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const { socket, read } = meteredSocket(ask);
    const end = (answer: BoundedAnswer | null) => {
      clearTimeout(timer);
      ask.signal.removeEventListener("abort", onAbort);
      socket.destroy();
      if (answer === null) reject(ask.signal.reason);
      else resolve(answer);
    };
    const fail = (error: Error) => end({ kind: "none", ...why(error) });
    const onAbort = () => end(null);
    const timer = setTimeout(
      () => end({ kind: "none", why: "timeout", message: `no whole answer within ${ask.timeout} ms` }),
      ask.timeout,
    );
    ask.signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", fail);
    try {
      const outgoing = request({
        // Without an agent: with one, even `agent: false`, this connection would not be used.
        createConnection: () => socket,
        host: ask.host,
        port: ask.port,
        method: ask.method,
        path: ask.path,
        headers: { "accept-encoding": "identity", ...ask.headers, connection: "close" },
      });
      outgoing.on("error", fail);
      outgoing.on("upgrade", () => fail(new Error("answered with an upgrade")));
      outgoing.on("response", (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("error", fail);
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => {
          const { statusCode = 0, headers } = incoming;
          if (!incoming.complete) fail(new Error("the answer stopped short"));
          else
            end({
              kind: "answer",
              status: statusCode,
              headers,
              body: Buffer.concat(chunks),
              read: read(),
              took: performance.now() - started,
            });
        });
      });
      outgoing.end(ask.body);
    } catch (error) {
      // node:http refuses some paths and header values before anything is sent.
      end({ kind: "none", why: "unusable", message: (error as Error).message });
    }
  });
}

function why(
  error: NodeJS.ErrnoException,
): Readonly<{ why: "refused" | "too-much" | "not-http" | "broken"; message: string }> {
  if (error instanceof TooMuch) return { why: "too-much", message: `answered ${error.message}` };
  const code = error.code ?? "";
  if (code === "ECONNREFUSED") return { why: "refused", message: "connection refused" };
  if (code === "HPE_HEADER_OVERFLOW") return { why: "too-much", message: "answered more headers than are read" };
  if (code.startsWith("HPE_")) return { why: "not-http", message: `did not answer in HTTP (${error.message})` };
  return { why: "broken", message: `the connection broke (${code === "" ? error.message : code})` };
}
