import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Front } from "../../load/front.ts";
import { backendOf, type RouterKind, serviceAt } from "../../load/router.ts";

export function proxyContract(kind: RouterKind): void {
  let front: Front;
  beforeAll(async () => {
    front = await Front.start(kind);
  });
  beforeEach(() => front.reset());
  afterAll(() => front.end());

  test("says where a request came from, and passes on only what is meant for the backend", async () => {
    let seen: IncomingMessage | undefined;
    front.handler = (incoming, response) => {
      seen = incoming;
      response.setHeader("connection", "x-internal");
      response.setHeader("x-internal", "1");
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      response.end("ok");
    };
    const answer = await front.ask("/v1/x?y=%20", {
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
    // HAProxy knows the hop-by-hop headers of the standard, and passes on what a client adds to them by naming it.
    if (kind === "builtin") expect(seen?.headers).not.toHaveProperty("x-hop");
    expect(seen?.headers).not.toHaveProperty("te");
    expect(answer.headers).toMatchObject({ "set-cookie": ["a=1", "b=2"], "x-request-id": "abc-1" });
    if (kind === "builtin") expect(answer.headers).not.toHaveProperty("x-internal");
  });

  test("makes a request id where none was given or it is no id", async () => {
    const ids = [await front.ask("/v1"), await front.ask("/v1", { headers: { "x-request-id": "a b" } })].map(
      ({ headers }) => headers["x-request-id"],
    );
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[1]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test("says 404 where no service is routed and 503 where nobody takes requests", async () => {
    const lost = await front.ask("/v2");
    expect(lost.status).toBe(404);
    expect(JSON.parse(lost.body)).toMatchObject({ error: { code: "no-route" } });
    await front.router.apply([serviceAt("/v1", [backendOf("a", front.at, 0)])]);
    const closed = await front.ask("/v1");
    expect(closed.status).toBe(503);
    expect(closed.headers["retry-after"]).toBe("1");
    expect(JSON.parse(closed.body)).toMatchObject({ error: { code: "no-backend" } });
  });

  test("an absolute request line is routed by its own host and path", async () => {
    front.handler = (incoming, response) => response.end(`${incoming.headers.host} ${incoming.url}`);
    const ask = (host: string) =>
      front.raw(`GET http://a.example/v1/x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await ask("a.example")).toMatch(/a\.example \/v1\/x$/);
    // Two hosts: the line's counts, or neither.
    expect(await ask("b.example")).toMatch(kind === "builtin" ? /a\.example \/v1\/x$/ : /^HTTP\/1\.1 400/);
  });

  test("HEAD, 204 and 304 have no body and keep the connection", async () => {
    front.handler = (incoming, response) => {
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
      const outgoing = request(new URL(path ?? "", front.router.base), { agent, method });
      outgoing.end();
      const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
      sockets.add(answer.socket);
      if (method === "HEAD") expect(answer.headers["content-length"]).toBe("1234");
      expect(await text(answer)).toBe("");
    }
    agent.destroy();
    expect(sockets.size).toBe(1);
  });

  test("100 Continue is said only where somebody wants the body", async () => {
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`;
    expect(await front.raw(head("/v2"), /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 404/);
    expect(await front.raw(head("/v1"), /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue/);
  });
}
