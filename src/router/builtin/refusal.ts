import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { assertNever } from "../../assert-never.ts";

/** An answer that the router itself gives. */
export type Refusal = Readonly<
  | { kind: "no-route"; path: string }
  | { kind: "no-backend"; service: string }
  | { kind: "bad-request"; why: string }
  | { kind: "backend-broken"; service: string }
  | { kind: "backend-silent"; service: string }
>;

type Answer = Readonly<{ status: number; phrase: string; message: string; headers: readonly string[] }>;

function answerOf(refusal: Refusal): Answer {
  switch (refusal.kind) {
    case "no-route":
      return { status: 404, phrase: "Not Found", message: "No service is routed here", headers: [] };
    case "no-backend":
      return {
        status: 503,
        phrase: "Service Unavailable",
        message: `No instance of ${refusal.service} takes requests`,
        headers: ["retry-after", "1"],
      };
    case "bad-request":
      return { status: 400, phrase: "Bad Request", message: refusal.why, headers: [] };
    case "backend-broken":
      return {
        status: 502,
        phrase: "Bad Gateway",
        message: `The instance of ${refusal.service} broke the connection`,
        headers: [],
      };
    case "backend-silent":
      return {
        status: 504,
        phrase: "Gateway Timeout",
        message: `The instance of ${refusal.service} gave no answer in time`,
        headers: [],
      };
    default:
      return assertNever(refusal);
  }
}

function written(refusal: Refusal, requestId: string): Answer & Readonly<{ body: string; all: string[] }> {
  const answer = answerOf(refusal);
  const body = `${JSON.stringify({ error: { code: refusal.kind, message: answer.message, requestId } })}\n`;
  const all = ["content-type", "application/json", "content-length", String(Buffer.byteLength(body))];
  return { ...answer, body, all: [...all, "x-request-id", requestId, ...answer.headers] };
}

export function refuse(response: ServerResponse, refusal: Refusal, requestId: string): void {
  if (response.headersSent || response.destroyed) return;
  const { status, phrase, body, all } = written(refusal, requestId);
  response.writeHead(status, phrase, all);
  response.end(body);
}

/** The same on a bare socket, where an upgrade was asked for. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal, requestId: string): void {
  const { status, phrase, body, all } = written(refusal, requestId);
  socket.end(`${head(status, phrase, [...all, "connection", "close"])}${body}`, "latin1");
}

/** The first line and the headers of an answer, as they go over the wire. */
export function head(status: number, phrase: string, headers: readonly string[]): string {
  const pairs = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}\r\n`] : []));
  return `HTTP/1.1 ${status} ${phrase}\r\n${pairs.join("")}\r\n`;
}
