import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { StepFault } from "../../fault.ts";
import { portTaken } from "../port-taken.ts";
import type { RouterTable } from "../router.ts";

export type Handlers = Readonly<{
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, first: Buffer): void;
}>;

/** The side that clients see. Resolves once it accepts; faults: `port-taken`, `listen-failed`. */
export async function listen(at: RouterTable["listen"], handlers: Handlers): Promise<Server> {
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    // Longer than a client or a load balancer before us keeps an idle connection: who closes first causes the race.
    keepAliveTimeout: 75_000,
    // A head must come within node's 60 s, so that drips hold no connection; a body may be a long upload.
    requestTimeout: 3_600_000,
    headersTimeout: 60_000,
    noDelay: true,
    // `Upgrade: h2c` is an offer that may be ignored, and must be: the tunnel would speak HTTP/2 past the routes.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() !== "h2c",
  });
  server.on("request", handlers.onRequest);
  // Answered only when there is somebody to send the body to.
  server.on("checkContinue", handlers.onRequest);
  server.on("upgrade", handlers.onUpgrade);
  server.on("connect", (_request, socket: Duplex) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(faultOf(error, at)));
    server.listen({ host: at.host, port: at.port, backlog: 1024 }, resolve);
  });
  return server;
}

function faultOf(error: NodeJS.ErrnoException, at: RouterTable["listen"]): StepFault {
  if (error.code === "EADDRINUSE") return portTaken(at);
  return new StepFault({
    code: "listen-failed",
    message: `Cannot listen on ${at.host}:${at.port}: ${error.message}`,
    retry: "never",
  });
}
