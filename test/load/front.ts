import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { backendOf, listening, type RouterKind, serviceAt, TestRouter } from "./router.ts";

export type Answer = Readonly<{ status: number; headers: IncomingMessage["headers"]; body: string }>;
export type Asked = Readonly<{ method?: string; headers?: Record<string, string>; body?: string }>;

/** A router with one backend behind `/v1` whose answer each test writes. */
export class Front {
  readonly router: TestRouter;
  readonly backend: Server;
  readonly at: Readonly<{ host: string; port: number }>;
  handler: (request: IncomingMessage, response: ServerResponse) => void = () => {};

  constructor(parts: Readonly<{ router: TestRouter; backend: Server; at: Front["at"] }>) {
    this.router = parts.router;
    this.backend = parts.backend;
    this.at = parts.at;
    parts.backend.on("request", (incoming, response) => this.handler(incoming, response));
  }

  static async start(kind: RouterKind = "builtin"): Promise<Front> {
    const backend = createServer();
    const at = await listening(backend);
    return new Front({ router: await TestRouter.start([], kind), backend, at });
  }

  async reset(): Promise<void> {
    this.handler = (_, response) => response.end("ok");
    await this.router.apply([serviceAt("/v1", [backendOf("a", this.at)])]);
  }

  async end(): Promise<void> {
    await this.router.remove();
    this.backend.close();
    this.backend.closeAllConnections();
  }

  /** Over a connection of its own. */
  async ask(path: string, options: Asked = {}): Promise<Answer> {
    const outgoing = request(new URL(path, this.router.base), { agent: false, method: "GET", ...options });
    outgoing.end(options.body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
  }

  /** What comes back on a bare connection until it is closed or `until` is seen. */
  async raw(sent: string, until?: RegExp): Promise<string> {
    const socket = connect(this.router.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(sent, "latin1");
    let seen = "";
    try {
      for await (const chunk of socket) {
        seen += String(chunk);
        if (until?.test(seen)) break;
      }
    } catch {
      // Reset: what came before is what came.
    }
    socket.destroy();
    return seen;
  }

  async inFlight(): Promise<number> {
    const { stats } = await this.router.router.state(AbortSignal.timeout(5_000));
    return stats.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }
}

export async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}
