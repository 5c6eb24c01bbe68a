import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, systemClock } from "../../io/clock.ts";
import type { Backend } from "./backend.ts";
import type { Destination } from "./destination.ts";
import { FrameEdge, GOING_AWAY } from "./frame-edge.ts";
import { requestHeaders, responseHeaders } from "./headers.ts";
import { head, refuseUpgrade } from "./refusal.ts";
import type { Switchboard } from "./switchboard.ts";

export type TunnelParts = Readonly<{
  request: IncomingMessage;
  client: Duplex;
  /** What the client sent behind the head of its request. */
  first: Buffer;
  destination: Destination;
  service: string;
  switchboard: Switchboard;
  onTrouble: (backend: Backend, error: Error) => void;
}>;

/** How long both ends of a tunnel get to close it in their own way, in milliseconds. */
const GOODBYE = 1_000;

/** An upgraded connection: asked for over HTTP, then bytes both ways until either end is done. */
export function openTunnel(parts: TunnelParts, tried: ReadonlySet<Backend> = new Set()): void {
  const { request, client, destination, service, switchboard } = parts;
  const backend = switchboard.choose(service, tried);
  if (backend === null) {
    const kind = tried.size === 0 ? "no-backend" : "backend-broken";
    refuseUpgrade(client, { kind, service }, destination.requestId);
    return;
  }
  backend.begin();
  let counted = true;
  const end = (outcome: "served" | "failed" | "dropped") => {
    if (!counted) return;
    counted = false;
    backend.end(outcome);
  };
  const upstream = httpRequest({
    host: backend.host,
    port: backend.port,
    path: destination.path,
    method: request.method ?? "GET",
    headers: [
      ...requestHeaders(request, destination),
      "connection",
      "Upgrade",
      "upgrade",
      request.headers.upgrade ?? "websocket",
    ],
    agent: false,
    setHost: false,
  });
  const onClientClose = () => {
    upstream.destroy();
    end("dropped");
  };
  client.once("close", onClientClose);
  let answering = false;
  upstream.on("upgrade", (answer, server, early) => {
    answering = true;
    client.off("close", onClientClose);
    server.on("error", () => {});
    if (client.destroyed) {
      server.destroy();
      end("dropped");
      return;
    }
    const phrase = answer.statusMessage ?? "Switching Protocols";
    client.write(head(answer.statusCode ?? 101, phrase, answer.rawHeaders), "latin1");
    if (parts.first.length > 0) server.write(parts.first);
    join({ backend, client, server, early, websocket: isWebSocket(request) }, () => end("served"));
  });
  upstream.on("response", (answer) => {
    answering = true;
    client.off("close", onClientClose);
    refusedByBackend({ client, answer, requestId: destination.requestId }, () =>
      end((answer.statusCode ?? 500) >= 500 ? "failed" : "served"),
    );
  });
  upstream.on("error", (error) => {
    client.off("close", onClientClose);
    if (answering || client.destroyed) {
      end("dropped");
      return;
    }
    parts.onTrouble(backend, error);
    end("failed");
    // The handshake has no body and is a GET: it may be asked of another.
    openTunnel(parts, new Set([...tried, backend]));
  });
  upstream.end();
}

const isWebSocket = (request: IncomingMessage): boolean => request.headers.upgrade?.toLowerCase() === "websocket";

/** The backend did not want to upgrade: its answer goes over as it is, and the connection with it. */
function refusedByBackend(
  { client, answer, requestId }: Readonly<{ client: Duplex; answer: IncomingMessage; requestId: string }>,
  done: () => void,
): void {
  const headers = [...responseHeaders(answer.rawHeaders, requestId), "connection", "close"];
  client.write(head(answer.statusCode ?? 502, answer.statusMessage ?? "", headers), "latin1");
  answer.pipe(client);
  answer.once("close", () => {
    if (!answer.complete) client.destroy();
    done();
  });
  answer.on("error", () => client.destroy());
  client.once("close", () => answer.destroy());
}

type Joined = Readonly<{ backend: Backend; client: Duplex; server: Duplex; early: Buffer; websocket: boolean }>;

function join({ backend, client, server, early, websocket }: Joined, done: () => void): void {
  if (early.length > 0) server.unshift(early);
  const edge = websocket ? new FrameEdge() : null;
  if (edge !== null) server.on("data", (chunk: Buffer) => edge.push(chunk));
  client.pipe(server);
  server.pipe(client);
  const close = () => void sayGoodbye({ client, server, edge });
  backend.tunnels.add(close);
  let open = 2;
  const onClose = () => {
    client.destroy();
    server.destroy();
    open -= 1;
    if (open > 0) return;
    backend.tunnels.delete(close);
    done();
  };
  client.once("close", onClose);
  server.once("close", onClose);
}

/** A WebSocket is told that its server goes away, between two frames, so that its client reconnects without an error. */
async function sayGoodbye(
  { client, server, edge }: Readonly<{ client: Duplex; server: Duplex; edge: FrameEdge | null }>,
  clock: Clock = systemClock,
): Promise<void> {
  if (edge !== null) {
    const farewell = () => {
      if (!edge.between) return;
      server.off("data", farewell);
      server.unpipe(client);
      client.end(GOING_AWAY);
      // What still comes from the server has no reader any more, but its end must be seen.
      server.resume();
    };
    server.on("data", farewell);
    farewell();
    await clock.sleep(GOODBYE);
  }
  client.destroy();
  server.destroy();
}
