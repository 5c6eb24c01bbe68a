import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startBackend, type TestBackend } from "../../load/backend.ts";
import { backendOf, listening, never, type RouterKind, serviceAt, TestRouter } from "../../load/router.ts";

export function drainedContract(kind: RouterKind): void {
  let router: TestRouter;
  let old: TestBackend;
  let next: TestBackend;

  beforeAll(async () => {
    old = await startBackend({ version: "old", prefix: "/v1" });
    next = await startBackend({ version: "next", prefix: "/v1" });
    router = await TestRouter.start([serviceAt("/v1", [backendOf("old", old)])], kind);
  });
  afterAll(async () => {
    await router.remove();
    await Promise.all([old.kill(), next.kill()]);
  });

  const toOld = () => router.apply([serviceAt("/v1", [backendOf("old", old)])]);
  const toNext = () => router.apply([serviceAt("/v1", [backendOf("next", next)])]);
  const statsOf = async (instance: string) =>
    (await router.router.state(never)).stats.find((stats) => stats.instance === instance);

  test("what nobody uses, or nobody knows, is drained at once", async () => {
    await toOld();
    expect(await router.router.drained("old", 0, never)).toBe(true);
    expect(await router.router.drained("unheard-of", 0, never)).toBe(true);
  });

  test("a request in flight is waited for, is seen until it ends, and ends well", async () => {
    await toOld();
    const slow = fetch(`${router.base}/v1/slow?ms=1500`);
    while ((await statsOf("old"))?.inFlight !== 1) await sleep(5);
    await toNext();
    expect((await statsOf("old"))?.inFlight).toBe(1);
    expect(await router.router.drained("old", 50, never)).toBe(false);
    expect(await router.router.drained("old", 10_000, never)).toBe(true);
    expect(await (await slow).json()).toMatchObject({ version: "old", slow: 1500 });
    expect(await statsOf("old")).toBeUndefined();
    expect((await fetch(`${router.base}/v1/version`)).headers.get("x-version")).toBe("next");
  });

  test("an instance taken back while it drains keeps its connections and counters", async () => {
    await toOld();
    const slow = fetch(`${router.base}/v1/slow?ms=1500`);
    while ((await statsOf("old"))?.inFlight !== 1) await sleep(5);
    await toNext();
    await toOld();
    expect((await statsOf("old"))?.inFlight).toBe(1);
    expect((await slow).status).toBe(200);
    await (await slow).text();
    expect((await fetch(`${router.base}/v1/version`)).headers.get("x-version")).toBe("old");
    expect(await statsOf("old")).toMatchObject({ inFlight: 0, served: 2, failed: 0 });
  });

  test("WebSockets hold an instance until the limit, are then told to come back, and find the new one", async () => {
    await toOld();
    const socket = new WebSocket(`${router.base.replace("http", "ws")}/v1/socket`);
    await once(socket, "open");
    socket.send("hello");
    expect(String((await once(socket, "message"))[0])).toBe("hello");
    await toNext();
    socket.send("still here");
    expect(String((await once(socket, "message"))[0])).toBe("still here");
    const closed = once(socket, "close");
    expect(await router.router.drained("old", 100, never)).toBe(false);
    // The builtin router says goodbye itself; HAProxy cannot, and leaves it to the instance, which is ended next.
    if (kind === "haproxy") {
      await old.close();
      old = await startBackend({ version: "old", prefix: "/v1" });
    }
    expect((await closed)[0]).toBe(1001);
    expect(await router.router.drained("old", 10_000, never)).toBe(true);
    expect(await statsOf("old")).toBeUndefined();
    const again = new WebSocket(`${router.base.replace("http", "ws")}/v1/socket`);
    await once(again, "open");
    expect(await statsOf("next")).toMatchObject({ inFlight: 1 });
    again.close();
    await once(again, "close");
    expect(await router.router.drained("next", 10_000, never)).toBe(true);
  });

  test("a large message over a WebSocket arrives whole, and a closed backend closes the socket", async () => {
    await toOld();
    const socket = new WebSocket(`${router.base.replace("http", "ws")}/v1/socket`);
    await once(socket, "open");
    const large = Buffer.alloc(3_000_000, 7);
    socket.send(large);
    expect(large.equals((await once(socket, "message"))[0] as Buffer)).toBe(true);
    const closed = once(socket, "close");
    const spare = old;
    old = await startBackend({ version: "old", prefix: "/v1" });
    await spare.close();
    expect((await closed)[0]).toBe(1001);
  });

  test("an upgrade that the backend refuses keeps its answer", async () => {
    const refusing = createServer();
    refusing.on("upgrade", (_, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"));
    const place = await listening(refusing);
    await router.apply([serviceAt("/v1", [backendOf("refusing", place)])]);
    const socket = new WebSocket(`${router.base.replace("http", "ws")}/v1/socket`);
    socket.on("error", () => {});
    const [, answer] = await once(socket, "unexpected-response");
    expect(answer.statusCode).toBe(401);
    socket.terminate();
    const lost = new WebSocket(`${router.base.replace("http", "ws")}/v9`);
    lost.on("error", () => {});
    const [, none] = await once(lost, "unexpected-response");
    expect(none.statusCode).toBe(404);
    lost.terminate();
    refusing.close();
    expect(await router.router.drained("refusing", 10_000, never)).toBe(true);
  });

  test("a wait that is given up leaves nothing behind", async () => {
    await toOld();
    const slow = fetch(`${router.base}/v1/slow?ms=300`);
    while ((await statsOf("old"))?.inFlight !== 1) await sleep(5);
    await expect(router.router.drained("old", 60_000, AbortSignal.timeout(50))).rejects.toThrow(/timeout/);
    expect((await slow).status).toBe(200);
  });
}
