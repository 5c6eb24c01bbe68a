import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { contextOf, revision, type Script, Servers, subjectOf } from "../../test/gates/scripted-target.ts";
import type { Endpoint } from "../targets/target.ts";
import { runGate } from "./run-gate.ts";

const servers = new Servers();
afterAll(() => servers.close());

const spec = { path: "/health", every: 50, healthyFor: 200, timeout: 700 };
const gate = (scripts: Readonly<Record<string, Script>>, health: Partial<typeof spec> = {}) =>
  runGate({ kind: "health", health: { ...spec, ...health } }, subjectOf(scripts), contextOf());

test("passes an endpoint that answers well, and no sooner than healthyFor", async () => {
  let asked = 0;
  const endpoint = await servers.http((_, response) => {
    asked += 1;
    response.end(JSON.stringify({ status: "ok", artifact: revision.artifact }));
  });
  const result = await gate({ a: { endpoint }, b: { endpoint } });
  expect(result).toMatchObject({ kind: "health", verdict: "passed" });
  expect(result.took).toBeGreaterThanOrEqual(200);
  expect(asked).toBeGreaterThan(4);
});

test("waits for a slow start, and fails with the last answer when it never comes", async () => {
  const started = Date.now();
  const endpoint = await servers.http((_, response) => {
    response.statusCode = Date.now() - started > 300 ? 200 : 503;
    response.end();
  });
  expect(await gate({ a: { endpoint } }, { timeout: 5000 })).toMatchObject({ verdict: "passed" });
  const never = await servers.http((_, response) => {
    response.statusCode = 503;
    response.end();
  });
  const b = { endpoint: never, lines: ["cannot reach the database"] };
  const result = await gate({ b }, { timeout: 3000 });
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toContain("503");
  expect(result.detail).toContain("b: cannot reach the database");
});

type Cases = Readonly<Record<string, readonly [RegExp, () => Promise<Endpoint>]>>;

/** Each must fail, whatever it does, about when its time is up, having read 64 KiB at most. */
const hostile: Cases = {
  "hangs after the request": [/last: (no whole answer|never answered)|no whole answer/, () => servers.tcp(() => {})],
  "drips one byte a second": [
    /no whole answer/,
    () =>
      servers.http((_, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write("."), 1000);
        response.on("close", () => clearInterval(timer));
      }),
  ],
  "redirects to itself": [
    /redirected more than 3/,
    () =>
      servers.http((request, response) => {
        response.writeHead(302, { location: request.url ?? "/" });
        response.end();
      }),
  ],
  "answers for another artifact": [
    /reports artifact sha256:bbb/,
    () => servers.http((_, response) => void response.end(JSON.stringify({ artifact: `sha256:${"b".repeat(64)}` }))),
  ],
  "answers for another artifact in a header": [
    /reports artifact another/,
    () =>
      servers.http((_, response) => {
        response.setHeader("x-sampan-artifact", "another");
        response.end("ok");
      }),
  ],
  "speaks no HTTP": [
    /did not answer in HTTP/,
    () => servers.tcp((socket) => void socket.end("220 mail.example ESMTP\r\n")),
  ],
  "resets the connection": [/ECONNRESET|hang up/, () => servers.tcp((socket) => void socket.resetAndDestroy())],
  "claims a longer body than it sends": [
    /the connection broke/,
    () => servers.tcp((socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort")),
  ],
  "answers slower than the gate lasts": [
    /no whole answer/,
    () =>
      servers.http((_, response) => {
        setTimeout(() => response.end("ok"), 15_000).unref();
      }),
  ],
  "is not there": [/connection refused/, async () => ({ host: "127.0.0.1", port: 1 })],
};

/** As fast as this process can write: beside each other they would leave it no time to ask. */
const floods: Cases = {
  "never ends its body": [
    /more than/,
    () =>
      servers.http((_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65536, "a")));
        };
        response.on("drain", more);
        more();
      }),
  ],
  "never ends its headers": [
    /more headers|more than/,
    () =>
      servers.tcp((socket) => {
        socket.write("HTTP/1.1 200 OK\r\n");
        const more = () => {
          while (!socket.destroyed && socket.write(`x-a: ${"b".repeat(1000)}\r\n`));
        };
        socket.on("drain", more);
        more();
      }),
  ],
  "sends a gzip bomb": [
    /content-encoding gzip/,
    () => {
      const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
      return servers.http((_, response) => {
        response.writeHead(200, { "content-encoding": "gzip" });
        response.end(bomb);
      });
    },
  ],
  "floods with 1xx": [
    /more than/,
    () =>
      servers.tcp((socket) => {
        const more = () => {
          while (!socket.destroyed && socket.write("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50)));
        };
        socket.on("drain", more);
        more();
      }),
  ],
  "sends a huge header": [
    /more headers|more than/,
    () =>
      servers.tcp(
        (socket) => void socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(50_000)}\r\ncontent-length: 0\r\n\r\n`),
      ),
  ],
};

async function fails(timeout: number, [why, serve]: Cases[string]): Promise<void> {
  const result = await gate({ a: { endpoint: await serve() } }, { timeout });
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toMatch(why);
  expect(result.took).toBeLessThan(timeout + 10_000);
}

test.concurrent.each(Object.entries(hostile))("fails an endpoint that %s", (_, one) => fails(2_000, one));
test.each(Object.entries(floods))("fails an endpoint that %s", (_, one) => fails(spec.timeout, one));

test("fails an endpoint that flaps between 500 and 200, however seldom it is asked", async () => {
  let count = 0;
  const endpoint = await servers.http((_, response) => {
    response.statusCode = ++count % 2 === 0 ? 200 : 500;
    response.end();
  });
  const result = await gate({ a: { endpoint } }, { timeout: 2_000 });
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toContain("answered 500");
});

test("does not follow a redirect to another host, and follows three on the same", async () => {
  let visited = 0;
  const other = await servers.http((_, response) => {
    visited += 1;
    response.end();
  });
  const away = await servers.http((_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${other.port}/health` });
    response.end();
  });
  const result = await gate({ a: { endpoint: away } });
  expect(result).toMatchObject({ verdict: "failed" });
  expect(result.evidence).toContain("another host");
  expect(visited).toBe(0);
  const home = await servers.http((request, response) => {
    const hop = Number(new URL(request.url ?? "/", "http://x").searchParams.get("hop") ?? 0);
    if (hop < 3) response.writeHead(301, { location: `/health?hop=${hop + 1}` });
    response.end();
  });
  expect(await gate({ a: { endpoint: home } })).toMatchObject({ verdict: "passed" });
});

test("a restart breaks the continuity, however well it answers", async () => {
  const endpoint = await servers.http((_, response) => void response.end());
  const script: Script = { endpoint, observed: {}, lines: ["out of memory"] };
  const running = gate({ a: script }, { healthyFor: 2000, timeout: 5000 });
  setTimeout(() => {
    script.observed = { restarts: 1, lastExit: "SIGKILL" };
  }, 100);
  const result = await running;
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toContain("SIGKILL");
  expect(result.detail).toContain("a: out of memory");
  expect(result.took).toBeLessThan(2000);
});

test("is inconclusive when the target cannot say whether the instances still run", async () => {
  const endpoint = await servers.http((_, response) => void response.end());
  const on = subjectOf({ a: { endpoint } });
  const target = { ...on.target, instance: () => Promise.reject(new Error("the agent is gone")) };
  const result = await runGate({ kind: "health", health: spec }, { ...on, target }, contextOf());
  expect(result).toMatchObject({ verdict: "inconclusive" });
  expect(result.evidence).toContain("the agent is gone");
});

test("obeys the signal at once, also in the middle of a request", async () => {
  const endpoint = await servers.tcp(() => {});
  const stop = new AbortController();
  const running = runGate(
    { kind: "health", health: { ...spec, timeout: 60_000 } },
    subjectOf({ a: { endpoint } }),
    contextOf({ signal: stop.signal }),
  );
  setTimeout(() => stop.abort(new Error("interrupted")), 100);
  await expect(running).rejects.toThrow("interrupted");
});

test("does not hold the past of an instance that stays against it", async () => {
  const endpoint = await servers.http((_, response) => void response.end());
  const script: Script = { endpoint, observed: { release: "an earlier one", restarts: 3, lastExit: "SIGKILL" } };
  expect(await gate({ a: script }, { healthyFor: 100 })).toMatchObject({ verdict: "passed" });
});

test("waits for the health check of a container that was started again, and fails with it", async () => {
  const endpoint = await servers.http((_, response) => void response.end());
  const container = (health: "starting" | "healthy") =>
    ({ health, complaint: "asked, and got 503", images: [], port: 8080 }) as const;
  const script: Script = { endpoint, observed: { release: "an earlier one", container: container("starting") } };
  setTimeout(() => {
    script.observed = { release: "an earlier one", container: container("healthy") };
  }, 300);
  expect(await gate({ a: script }, { healthyFor: 0, timeout: 10_000 })).toMatchObject({ verdict: "passed" });
  const never = { endpoint, observed: { container: container("starting") } };
  const result = await gate({ a: never }, { healthyFor: 0, timeout: 200 });
  expect(result).toMatchObject({ verdict: "failed" });
  expect(result.evidence).toContain("its container's own health check has not passed yet: asked, and got 503");
});
