import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export type TestBackend = Readonly<{
  version: string;
  host: string;
  port: number;
  /** Each POST and PUT that arrived here, with how often. */
  things: ReadonlyMap<string, number>;
  requests(): number;
  /** What a well-made service does on SIGTERM: accepts nothing new, ends its streams in order, finishes what is in flight. */
  close(): Promise<void>;
  /** What a badly made one does. */
  kill(): Promise<void>;
}>;

export type BackendOptions = Readonly<{
  version: string;
  prefix?: string;
  /** Omitted: any free port. */
  port?: number;
  /** Omitted: 127.0.0.1. */
  host?: string;
  /** Called with the id of each POST and PUT before it is acknowledged. */
  recorded?: (id: string) => void;
  /** What else it answers, by the whole path; null: not this one. */
  answer?: (path: string) => Readonly<{ status: number; body: unknown }> | null;
}>;

/** A backend that answers whatever the load asks for: /version, /slow?ms=, /events, POST /things, a WebSocket echo. */
export async function startBackend(options: BackendOptions): Promise<TestBackend> {
  const prefix = options.prefix ?? "";
  const things = new Map<string, number>();
  const streams = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  const ending = new AbortController();
  let requests = 0;
  const note = (id: string): void => {
    things.set(id, (things.get(id) ?? 0) + 1);
    options.recorded?.(id);
  };
  const server = createServer((request, response) => {
    requests += 1;
    if (ending.signal.aborted) response.shouldKeepAlive = false;
    const asked = request.url ?? "/";
    const url = new URL((asked.startsWith(prefix) ? asked.slice(prefix.length) : asked) || "/", "http://backend");
    response.setHeader("x-version", options.version);
    const own = options.answer?.(asked) ?? null;
    if (own !== null) {
      response.writeHead(own.status, { "content-type": "application/json" });
      response.end(JSON.stringify(own.body));
    } else if (url.pathname === "/slow")
      answerSlowly(response, options.version, Number(url.searchParams.get("ms") ?? 5_000));
    else if (url.pathname === "/events") stream(request, response, { streams, ending: ending.signal });
    else if (request.method === "POST" || request.method === "PUT") void record(request, response, note);
    else {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ version: options.version, path: url.pathname, headers: request.headers }));
    }
  });
  const echo = new WebSocketServer({ server });
  echo.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve));
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  return {
    version: options.version,
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    things,
    requests: () => requests,
    close: async () => {
      ending.abort();
      server.close();
      server.closeIdleConnections();
      for (const response of streams) response.end("event: end\ndata: going away\n\n");
      for (const socket of echo.clients as Set<WebSocket>) socket.close(1001);
      await closed;
    },
    kill: async () => {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
  };
}

/** Half at once and half at the end, so that a cut shows as a truncated answer. */
function answerSlowly(response: ServerResponse, version: string, ms: number): void {
  response.write(`{"version":"${version}",`);
  const timer = setTimeout(() => response.end(`"slow":${ms}}`), ms);
  response.once("close", () => clearTimeout(timer));
}

function stream(
  request: IncomingMessage,
  response: ServerResponse,
  { streams, ending }: Readonly<{ streams: Set<ServerResponse>; ending: AbortSignal }>,
): void {
  let id = Number(request.headers["last-event-id"] ?? 0);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  streams.add(response);
  const timer = setInterval(() => {
    if (!ending.aborted) response.write(`id: ${++id}\ndata: ${id}\n\n`);
  }, 20);
  response.once("close", () => {
    clearInterval(timer);
    streams.delete(response);
  });
}

async function record(request: IncomingMessage, response: ServerResponse, note: (id: string) => void): Promise<void> {
  let body = "";
  try {
    for await (const chunk of request) body += String(chunk);
    const { id } = JSON.parse(body) as { id: string };
    note(id);
    response.statusCode = 201;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ id }));
  } catch {
    response.statusCode = 400;
    response.end();
  }
}
