import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { backendOf, listening, serviceAt, TestRouter } from "../../../test/load/router.ts";

// Real processes on a machine that others may use as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let router: TestRouter;
let backend: Server;
let at: { host: string; port: number };
let handler: Handler;

beforeAll(async () => {
  backend = createServer((incoming, response) => handler(incoming, response));
  at = await listening(backend);
  router = await TestRouter.start();
});
afterAll(async () => {
  await router.remove();
  backend.close();
  backend.closeAllConnections();
});
beforeEach(async () => {
  handler = (_, response) => response.end("ok");
  await router.apply([serviceAt("/v1", [backendOf("a", at)])]);
});

type Answer = { status: number; headers: IncomingMessage["headers"]; body: string };

async function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const outgoing = request(new URL(path, router.base), { agent: false, method: "GET", ...options });
  outgoing.end(options.body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) } as Answer;
}

/** What comes back on a bare connection until it is closed or `until` is seen. */
async function raw(sent: string, until?: RegExp): Promise<string> {
  const socket = connect(router.port, "127.0.0.1");
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

const waitFor = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await sleep(5);
};

const inFlight = async () =>
  (await router.router.state(AbortSignal.timeout(5_000))).stats.reduce((sum, { inFlight: count }) => sum + count, 0);

test("says where a request came from, and passes on only what is meant for the backend", async () => {
  let seen: IncomingMessage | undefined;
  handler = (incoming, response) => {
    seen = incoming;
    response.setHeader("connection", "x-internal");
    response.setHeader("x-internal", "1");
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    response.end("ok");
  };
  const answer = await ask("/v1/x?y=%20", {
    headers: {
      host: "blog.example",
      connection: "keep-alive, x-hop",
      "x-hop": "1",
      te: "trailers",
      "x-forwarded-for": "203.0.113.9",
      "x-request-id": "abc-1",
    },
  });
  expect(seen?.url).toBe("/v1/x?y=%20");
  expect(seen?.headers).toMatchObject({
    host: "blog.example",
    "x-forwarded-for": "203.0.113.9, 127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "blog.example",
    "x-request-id": "abc-1",
  });
  expect(seen?.headers).not.toHaveProperty("x-hop");
  expect(seen?.headers).not.toHaveProperty("te");
  expect(answer.headers).toMatchObject({ "set-cookie": ["a=1", "b=2"], "x-request-id": "abc-1" });
  expect(answer.headers).not.toHaveProperty("x-internal");
});

test("makes a request id where none was given or it is no id", async () => {
  const ids = [await ask("/v1"), await ask("/v1", { headers: { "x-request-id": "a b" } })].map(
    ({ headers }) => headers["x-request-id"],
  );
  expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(ids[1]).toMatch(/^[0-9a-f]{32}$/);
  expect(ids[0]).not.toBe(ids[1]);
});

test("says 404 where no service is routed and 503 where nobody takes requests", async () => {
  const lost = await ask("/v2");
  expect(lost.status).toBe(404);
  expect(JSON.parse(lost.body)).toMatchObject({ error: { code: "no-route" } });
  await router.apply([serviceAt("/v1", [backendOf("a", at, 0)])]);
  const closed = await ask("/v1");
  expect(closed.status).toBe(503);
  expect(closed.headers["retry-after"]).toBe("1");
  expect(JSON.parse(closed.body)).toMatchObject({ error: { code: "no-backend" } });
});

test("an absolute request line is routed by its own host and path", async () => {
  handler = (incoming, response) => response.end(`${incoming.headers.host} ${incoming.url}`);
  const answer = await raw("GET http://a.example/v1/x HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n");
  expect(answer).toMatch(/a\.example \/v1\/x$/);
});

test("HEAD, 204 and 304 have no body and keep the connection", async () => {
  handler = (incoming, response) => {
    const status = Number(incoming.url?.slice(4) || 200);
    if (status === 200) response.setHeader("content-length", "1234");
    response.writeHead(status).end();
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  for (const [method, path] of [
    ["HEAD", "/v1/200"],
    ["GET", "/v1/204"],
    ["GET", "/v1/304"],
  ]) {
    const outgoing = request(new URL(path ?? "", router.base), { agent, method });
    outgoing.end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    sockets.add(answer.socket);
    if (method === "HEAD") expect(answer.headers["content-length"]).toBe("1234");
    expect(await text(answer)).toBe("");
  }
  agent.destroy();
  expect(sockets.size).toBe(1);
});

test("a stream's head and each event arrive as they are sent", async () => {
  let stream: ServerResponse | undefined;
  handler = (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    stream = response;
  };
  const outgoing = request(new URL("/v1", router.base), { agent: false });
  outgoing.end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
    stream?.write(event);
    const [chunk] = (await once(answer, "data")) as [Buffer];
    expect(String(chunk)).toBe(event);
  }
  stream?.end();
  await once(answer, "end");
});

test("a slow upload reaches the backend as it comes", async () => {
  const seen: string[] = [];
  handler = (incoming, response) => {
    incoming.on("data", (chunk) => seen.push(String(chunk)));
    incoming.on("end", () => response.end("done"));
  };
  const outgoing = request(new URL("/v1", router.base), { agent: false, method: "POST" });
  outgoing.write("one");
  await waitFor(() => seen.join("") === "one");
  outgoing.write("two");
  await waitFor(() => seen.join("") === "onetwo");
  outgoing.end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  expect(await text(answer)).toBe("done");
});

/** Writes for as long as it is taken, up to `most` bytes; resolves with how much was, once nothing more is. */
async function pushed(stream: NodeJS.WritableStream, most: number): Promise<number> {
  const piece = Buffer.alloc(256 * 1024, "x");
  for (let sent = 0; sent < most; sent += piece.length) {
    if (stream.write(piece)) continue;
    const taken = await Promise.race([once(stream, "drain").then(() => true), sleep(500).then(() => false)]);
    if (!taken) return sent;
  }
  return most;
}

const FLOOD = 256 * 1024 * 1024;

test("who does not read is not written to: nothing piles up in the router", async () => {
  let download: Promise<number> | undefined;
  handler = (incoming, response) => {
    if (incoming.method === "GET") download = pushed(response, FLOOD);
  };
  const unread = request(new URL("/v1", router.base), { agent: false });
  unread.on("error", () => {});
  unread.end();
  const [answer] = (await once(unread, "response")) as [IncomingMessage];
  answer.pause();
  expect(await download).toBeLessThan(FLOOD / 4);
  const upload = request(new URL("/v1", router.base), { agent: false, method: "POST" });
  upload.on("error", () => {});
  expect(await pushed(upload, FLOOD)).toBeLessThan(FLOOD / 4);
  unread.destroy();
  upload.destroy();
  backend.closeAllConnections();
  await waitFor(async () => (await inFlight()) === 0);
});

test("a large body comes back as it was sent", async () => {
  handler = (incoming, response) => {
    incoming.pipe(response);
  };
  const piece = Buffer.alloc(1024 * 1024, "x");
  const outgoing = request(new URL("/v1", router.base), { agent: false, method: "POST" });
  let got = 0;
  const done = once(outgoing, "response").then(async ([answer]) => {
    for await (const chunk of answer as IncomingMessage) got += (chunk as Buffer).length;
  });
  for (let sent = 0; sent < 32; sent += 1) {
    if (!outgoing.write(piece)) await once(outgoing, "drain");
  }
  outgoing.end();
  await done;
  expect(got).toBe(32 * piece.length);
});

test("100 Continue is said only where somebody wants the body", async () => {
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`;
  expect(await raw(head("/v2"), /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 404/);
  expect(await raw(head("/v1"), /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue/);
});

test("a client that goes away ends the backend's work, and nothing stays counted", async () => {
  let gone = false;
  let arrived = false;
  handler = (_, response) => {
    arrived = true;
    response.write("x");
    response.on("close", () => {
      gone = true;
    });
  };
  const outgoing = request(new URL("/v1", router.base), { agent: false });
  outgoing.on("error", () => {});
  outgoing.end();
  await waitFor(() => arrived);
  outgoing.destroy();
  await waitFor(() => gone);
  await waitFor(async () => (await inFlight()) === 0);
});

test("an upload that is cut does not look whole to the backend", async () => {
  let outcome = "";
  handler = (incoming) => {
    incoming.on("end", () => (outcome = "whole"));
    incoming.on("error", () => (outcome = "cut"));
    incoming.resume();
  };
  const socket = connect(router.port, "127.0.0.1");
  socket.write("POST /v1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
  await waitFor(async () => (await inFlight()) === 1);
  await sleep(50);
  socket.destroy();
  await waitFor(() => outcome !== "");
  expect(outcome).toBe("cut");
  await waitFor(async () => (await inFlight()) === 0);
});

test("an answer that breaks off is cut for the client too", async () => {
  handler = (_, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("abc");
    setTimeout(() => response.destroy(), 20);
  };
  const outgoing = request(new URL("/v1", router.base), { agent: false });
  outgoing.end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  await expect(text(answer)).rejects.toThrow(/aborted/);
});

test("a backend that answers before it has the whole upload is heard", async () => {
  handler = (_, response) => {
    response.writeHead(413, { connection: "close" }).end("too much");
  };
  const socket = connect(router.port, "127.0.0.1");
  socket.write("POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 413/);
  socket.destroy();
});

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
  const both = [backendOf("broken", broken.at), backendOf("whole", at)];
  await router.apply([serviceAt("/v1", both)]);
  const gets = await Promise.all(Array.from({ length: 10 }, () => ask("/v1")));
  expect(gets.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(broken.heads.length).toBeGreaterThan(0);
  broken.heads.length = 0;
  const posts = await Promise.all(Array.from({ length: 10 }, (_, n) => ask(`/v1/${n}`, { method: "POST", body: "x" })));
  const failed = posts.filter(({ status }) => status === 502).length;
  expect(failed).toBe(broken.heads.length);
  expect(failed).toBeGreaterThan(0);
  expect(new Set(broken.heads).size).toBe(broken.heads.length);
  const [stats] = (await router.router.state(AbortSignal.timeout(5_000))).stats;
  expect(stats?.failed).toBeGreaterThanOrEqual(failed);
  broken.close();
});

test("a POST to a backend that refuses the connection goes whole to another", async () => {
  handler = (incoming, response) => void text(incoming).then((body) => response.end(body));
  const refusing = createTcpServer();
  const nobody = await listening(refusing);
  refusing.close();
  await router.apply([serviceAt("/v1", [backendOf("dead", nobody), backendOf("whole", at)])]);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => ask("/v1", { method: "POST", body: `body ${n}`.repeat(5_000) })),
  );
  expect(answers.map(({ body }) => body)).toEqual(answers.map((_, n) => `body ${n}`.repeat(5_000)));
  await router.apply([serviceAt("/v1", [backendOf("dead", nobody)])]);
  const alone = await ask("/v1");
  expect(alone.status).toBe(502);
  expect(JSON.parse(alone.body)).toMatchObject({ error: { code: "backend-broken" } });
});

test("idle connections are given up before the backend does", async () => {
  // It closes after 2 s without a hint, as many servers do; requests come just when it would.
  const hasty = createServer((_, response) => response.end("ok"));
  hasty.keepAliveTimeout = 0;
  hasty.on("connection", (socket) => socket.setTimeout(2_000, () => socket.destroy()));
  const place = await listening(hasty);
  await router.apply([serviceAt("/v1", [backendOf("hasty", place)])]);
  await Promise.all(Array.from({ length: 20 }, () => ask("/v1", { method: "POST", body: "x" })));
  await sleep(1_985);
  const statuses: number[] = [];
  for (let n = 0; n < 30; n += 1) {
    statuses.push((await ask("/v1", { method: "POST", body: "x" })).status);
    await sleep(1);
  }
  hasty.close();
  hasty.closeAllConnections();
  expect(statuses).toEqual(Array(30).fill(200));
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
  await Promise.all(heads.map((head) => Promise.race([raw(head), sleep(1_000)])));
  for (let n = 0; n < 40; n += 1) {
    const socket = connect(router.port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write((heads[n % heads.length] ?? "").slice(0, 10 + n));
    socket.resetAndDestroy();
  }
  expect((await ask("/v1")).status).toBe(200);
  expect((await router.router.state(AbortSignal.timeout(5_000))).pid).toBe(router.pid);
});

test.each([
  ["closes at once", (socket: Socket) => socket.end()],
  ["answers no HTTP", (socket: Socket) => socket.end("hello\r\n\r\n")],
  ["sends a head without end", (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(100_000)}\r\n`)],
  [
    "sends both lengths",
    (socket: Socket) =>
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ],
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
  await router.apply([serviceAt("/v1", [backendOf("bad", place)])]);
  expect((await ask("/v1", { method: "POST", body: "x" })).status).toBe(502);
  server.close();
});
