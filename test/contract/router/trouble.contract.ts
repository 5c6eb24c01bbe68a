import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Front } from "../../load/front.ts";
import { backendOf, listening, type RouterKind, serviceAt } from "../../load/router.ts";

const bothLengths: [string, (socket: Socket) => void] = [
  "sends both lengths",
  (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
];

export function troubleContract(kind: RouterKind): void {
  let front: Front;
  beforeAll(async () => {
    front = await Front.start(kind);
  });
  beforeEach(() => front.reset());
  afterAll(() => front.end());

  /** Accepts, reads a little, and breaks the connection; counts what it was sent. */
  async function breaking(): Promise<{ at: { host: string; port: number }; heads: string[]; close(): void }> {
    const heads: string[] = [];
    const server = createTcpServer((socket: Socket) => {
      socket.on("error", () => {});
      socket.once("data", (chunk) => {
        heads.push(String(chunk).split("\r\n")[0] ?? "");
        socket.resetAndDestroy();
      });
    });
    return { at: await listening(server), heads, close: () => server.close() };
  }

  test("a GET whose connection breaks before any answer goes to another backend, a POST never", async () => {
    const broken = await breaking();
    const both = [backendOf("broken", broken.at), backendOf("whole", front.at)];
    await front.router.apply([serviceAt("/v1", both)]);
    const gets = await Promise.all(Array.from({ length: 10 }, () => front.ask("/v1")));
    expect(gets.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(broken.heads.length).toBeGreaterThan(0);
    broken.heads.length = 0;
    const posts = await Promise.all(
      Array.from({ length: 10 }, (_, n) => front.ask(`/v1/${n}`, { method: "POST", body: "x" })),
    );
    const failed = posts.filter(({ status }) => status === 502).length;
    expect(failed).toBe(broken.heads.length);
    expect(failed).toBeGreaterThan(0);
    expect(new Set(broken.heads).size).toBe(broken.heads.length);
    const [stats] = (await front.router.router.state(AbortSignal.timeout(5_000))).stats;
    expect(stats?.failed).toBeGreaterThanOrEqual(failed);
    expect(stats?.served).toBe(0);
    broken.close();
  });

  test("a POST to a backend that refuses the connection goes whole to another", async () => {
    front.handler = (incoming, response) => void text(incoming).then((body) => response.end(body));
    const refusing = createTcpServer();
    const nobody = await listening(refusing);
    refusing.close();
    await front.router.apply([serviceAt("/v1", [backendOf("dead", nobody), backendOf("whole", front.at)])]);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => front.ask("/v1", { method: "POST", body: `body ${n}`.repeat(5_000) })),
    );
    expect(answers.map(({ body }) => body)).toEqual(answers.map((_, n) => `body ${n}`.repeat(5_000)));
    await front.router.apply([serviceAt("/v1", [backendOf("dead", nobody)])]);
    const alone = await front.ask("/v1");
    expect(alone.status).toBe(502);
    expect(JSON.parse(alone.body)).toMatchObject({ error: { code: "backend-broken" } });
  });

  test("idle connections are given up before the backend does", async () => {
    // Without a hint, as many servers: after 1.5 s of silence it considers the connection closed, whatever comes then.
    const lastUse = new WeakMap<Socket, number>();
    const hasty = createServer((incoming, response) => {
      const { socket } = incoming;
      const last = lastUse.get(socket);
      lastUse.set(socket, performance.now());
      if (last !== undefined && performance.now() - last > 1_500) socket.resetAndDestroy();
      else response.end("ok");
    });
    hasty.keepAliveTimeout = 0;
    const place = await listening(hasty);
    await front.router.apply([serviceAt("/v1", [backendOf("hasty", place)])]);
    const posts = () => Promise.all(Array.from({ length: 20 }, () => front.ask("/v1", { method: "POST", body: "x" })));
    await posts();
    await sleep(2_000);
    expect((await posts()).map(({ status }) => status)).toEqual(Array(20).fill(200));
    hasty.close();
    hasty.closeAllConnections();
  });

  test("hostile clients get an error or nothing, and everybody else is served", async () => {
    const heads = [
      "\x00\x01\x02\xff\xfe\r\n\r\n",
      "GET\r\n\r\n",
      "GET /v1 HTTP/9.9\r\nHost: a\r\n\r\n",
      "GET /v1 HTTP/1.1\r\n\r\n",
      "GET /v1\x7f\xff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      "GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
      `GET /v1 HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(70_000)}\r\n\r\n`,
      "POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
      "POST /v1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "GET /v1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\ngarbage",
      "GET /v1 HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nConnection: Upgrade, close\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET /v1 HTTP/1.1\r\nHost: a\r\nConnection: close, \x80\r\n\r\n",
      "BREW /v1 HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    await Promise.all(heads.map((head) => Promise.race([front.raw(head), sleep(1_000)])));
    for (let n = 0; n < 40; n += 1) {
      const socket = connect(front.router.port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write((heads[n % heads.length] ?? "").slice(0, 10 + n));
      socket.resetAndDestroy();
    }
    expect((await front.ask("/v1")).status).toBe(200);
    expect((await front.router.router.state(AbortSignal.timeout(5_000))).pid).toBe(front.router.pid);
  });

  test.each([
    ["closes at once", (socket: Socket) => socket.end()],
    ["answers no HTTP", (socket: Socket) => socket.end("hello\r\n\r\n")],
    ["sends a head without end", (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(100_000)}\r\n`)],
    // HAProxy takes the chunks and drops the length, as the standard has it for who is not the first in line.
    ...(kind === "builtin" ? [bothLengths] : []),
    [
      "upgrades unasked",
      (socket: Socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    ],
  ])("a backend that %s gives a 502", async (_, misbehave) => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => misbehave(socket));
    });
    const place = await listening(server);
    await front.router.apply([serviceAt("/v1", [backendOf("bad", place)])]);
    expect((await front.ask("/v1", { method: "POST", body: "x" })).status).toBe(502);
    server.close();
  });
}
