import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a request on its way: nothing, an answer in the other's place, no answer, or an end in the middle of its body. */
export type Fault = Readonly<
  | { kind: "pass" }
  | { kind: "answer"; status: number; body?: string; headers?: Record<string, string> }
  | { kind: "hang" }
  | { kind: "cut" }
>;

export type FaultyProxy = Readonly<{
  /** `127.0.0.1:PORT`. */
  address: string;
  /** Decides about each request; all pass until it is set. */
  faults: (decide: (asked: Readonly<{ method: string; path: string }>) => Fault) => void;
  /** Methods and paths that came, in their order. */
  seen: readonly string[];
  stop: () => Promise<void>;
}>;

/** Stands before a real registry, for the failures that it does not produce when it is asked to. */
export async function faultyProxy(behind: string): Promise<FaultyProxy> {
  let decide: (asked: Readonly<{ method: string; path: string }>) => Fault = () => ({ kind: "pass" });
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const asked = { method: incoming.method ?? "", path: incoming.url ?? "" };
    seen.push(`${asked.method} ${asked.path}`);
    meet(decide(asked), incoming, outgoing);
  });
  const meet = (fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (fault.kind === "hang") return;
    if (fault.kind === "answer") {
      incoming.resume();
      outgoing.writeHead(fault.status, fault.headers ?? {}).end(fault.body ?? "");
      return;
    }
    if (fault.kind === "cut") {
      incoming.once("data", () => incoming.destroy());
      incoming.once("end", () => incoming.destroy());
      return;
    }
    const [host = "", port = ""] = behind.split(":");
    const onward = request(
      { host, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    incoming.on("error", () => onward.destroy());
    incoming.pipe(onward);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: (next) => {
      decide = next;
    },
    seen,
    stop: () => close(server),
  };
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
