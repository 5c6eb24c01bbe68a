import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { contextOf, type Script, Servers, subjectOf } from "../../../test/gates/scripted-target.ts";
import type { SmokeCheck } from "../../fleet/fleet.ts";
import { runGate } from "../run-gate.ts";

const servers = new Servers();
afterAll(() => servers.close());

type RequestCheck = Extract<SmokeCheck, { kind: "request" }>;
const expectation: RequestCheck["expect"] = { status: 200, headers: {}, json: {}, latency: null };
const request = (more: Partial<RequestCheck>, expects: Partial<RequestCheck["expect"]> = {}): SmokeCheck => ({
  kind: "request",
  method: "GET",
  path: "/v1/articles",
  headers: {},
  ...more,
  expect: { ...expectation, ...expects },
});
const gate = (
  scripts: Readonly<Record<string, Script>>,
  checks: readonly SmokeCheck[],
  retries = 0,
  cx = contextOf(),
) =>
  runGate(
    { kind: "smoke", smoke: { kind: "checks", checks, retries, every: 20 }, health: null },
    subjectOf(scripts),
    cx,
  );

const articles = () =>
  servers.http(async (incoming, response) => {
    let body = "";
    for await (const piece of incoming) body += piece;
    response.setHeader("content-type", "application/json; charset=utf-8");
    if (incoming.method === "POST" && (JSON.parse(body) as { title: string }).title === "") response.statusCode = 422;
    response.end(JSON.stringify({ items: [{ id: 7, tags: ["a", "b"] }], token: "hunter2" }));
  });

test("sends the declared requests to each instance and compares status, headers and JSON", async () => {
  const endpoint = await articles();
  const result = await gate({ a: { endpoint }, b: { endpoint } }, [
    request(
      {},
      {
        headers: { "Content-Type": "application/json" },
        json: { "$.items[0].id": 7, "items[0].tags": ["a", "b"], "items.length": 1 },
      },
    ),
    request({ method: "POST", json: { title: "" } }, { status: 422 }),
  ]);
  expect(result).toMatchObject({ verdict: "passed", evidence: "2 checks passed on each of 2 instances" });
});

test.each([
  ["status", request({}, { status: 201 }), "GET /v1/articles on a: expected 201, got 200"],
  ["header", request({}, { headers: { etag: "x" } }), "expected header etag: x, got none"],
  ["JSON", request({}, { json: { "items[0].id": 8 } }), "expected items[0].id to be 8, got 7"],
  ["missing JSON", request({}, { json: { "items[3].id": 8 } }), "expected items[3].id to be 8, got nothing"],
  ["a path that cannot be sent", request({ path: "/a b" }), "expected 200, got none"],
])("quotes what was expected and got: %s", async (_, check, words) => {
  const result = await gate({ a: { endpoint: await articles() } }, [check]);
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toContain(words);
});

test("quotes the body, masked and cut", async () => {
  const long = await servers.http((_, response) => void response.writeHead(500).end(`hunter2 ${"x".repeat(10_000)}`));
  const result = await gate({ a: { endpoint: long } }, [request({})]);
  expect(result.detail[0]).toContain("body: *** xxx");
  expect(result.detail[0]?.length).toBeLessThan(2100);
});

test("an answer that is too slow fails", async () => {
  const slow = await servers.http((_, response) => void setTimeout(() => response.end(), 150));
  const result = await gate({ a: { endpoint: slow } }, [request({}, { latency: 50 })]);
  expect(result.evidence).toContain("expected an answer within 50 ms");
});

test("tries again as often as declared, and no more", async () => {
  let asked = 0;
  const endpoint = await servers.http((_, response) => {
    response.statusCode = ++asked < 3 ? 503 : 200;
    response.end();
  });
  expect((await gate({ a: { endpoint } }, [request({})], 2)).verdict).toBe("passed");
  expect(asked).toBe(3);
  asked = -100;
  const result = await gate({ a: { endpoint } }, [request({})], 2);
  expect(result.evidence).toContain("(3 tries)");
  expect(asked).toBe(-97);
});

test("does not follow a redirect: it is the answer", async () => {
  const endpoint = await servers.http((_, response) => void response.writeHead(302, { location: "/there" }).end());
  expect((await gate({ a: { endpoint } }, [request({}, { status: 302 })])).verdict).toBe("passed");
});

const command = (script: string, timeout = 5000): SmokeCheck => ({
  kind: "command",
  command: ["node", "-e", script],
  timeout,
});

test("runs a command with SAMPAN_URL, and without what Sampan knows", async () => {
  process.env.SAMPAN_TEST_SECRET = "known";
  const endpoint = await articles();
  const script = `
    if (process.env.SAMPAN_TEST_SECRET !== undefined) process.exit(9);
    fetch(process.env.SAMPAN_URL + "/v1/articles").then((answer) => process.exit(answer.status === 200 ? 0 : 3));`;
  expect(await gate({ a: { endpoint } }, [command(script)])).toMatchObject({ verdict: "passed" });
  const bad = await gate({ a: { endpoint } }, [command('console.error("found hunter2"); process.exit(3)')]);
  expect(bad).toMatchObject({ verdict: "failed", detail: ["output: found ***"] });
  expect(bad.evidence).toContain("expected exit 0, got exit 3");
  expect(
    (await gate({ a: { endpoint } }, [{ ...command(""), command: ["no-such-program"] } as SmokeCheck])).evidence,
  ).toContain("no such program");
});

/** A killed orphan may stay a zombie where nobody reaps: that is not alive. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
const spawning = (then: string) => `
  const child = require("child_process").spawn("sleep", ["100"], { stdio: "inherit" });
  console.log("pid", child.pid, "."); child.unref(); ${then}`;

test.each([
  ["when it hangs", "", 700],
  ["when it ends and leaves something behind", "setTimeout(() => process.exit(4), 200)", 20_000],
])("kills a command wholly %s", async (_, then, timeout) => {
  const hang = then === "" ? "setInterval(() => {}, 1000)" : then;
  const result = await gate({ a: { endpoint: await articles() } }, [command(spawning(hang), timeout)]);
  expect(result.verdict).toBe("failed");
  expect(result.took).toBeLessThan(10_000);
  const pid = Number(/pid (\d+) /.exec(result.detail.join())?.[1]);
  expect(pid).toBeGreaterThan(1);
  await expect.poll(() => alive(pid)).toBe(false);
});

test("obeys the signal between tries and in a command", async () => {
  const stop = new AbortController();
  const endpoint = await articles();
  const cx = contextOf({ signal: stop.signal });
  setTimeout(() => stop.abort(new Error("interrupted")), 300);
  await expect(gate({ a: { endpoint } }, [command("setInterval(() => {}, 1000)", 60_000)], 5, cx)).rejects.toThrow(
    "interrupted",
  );
});

test("is inconclusive when the target cannot say where an instance listens; none declared passes with its reason", async () => {
  const on = subjectOf({ a: {} });
  const target = { ...on.target, endpoint: () => Promise.reject(new Error("the agent is gone")) };
  const smoke = { kind: "checks" as const, checks: [request({})], retries: 1, every: 1 };
  expect((await runGate({ kind: "smoke", smoke, health: null }, { ...on, target }, contextOf())).verdict).toBe(
    "inconclusive",
  );
  const none = { kind: "none" as const, why: "a worker" };
  expect(await runGate({ kind: "smoke", smoke: none, health: null }, on, contextOf())).toMatchObject({
    verdict: "passed",
    evidence: "none declared: a worker",
  });
});

const health = { path: "/health", every: 10, healthyFor: 10_000, timeout: 5000 };

test("asks for nothing before an instance has answered its health path well, and does not wait for healthyFor", async () => {
  const asked: string[] = [];
  const endpoint = await servers.http((incoming, response) => {
    asked.push(incoming.url ?? "");
    response.statusCode = incoming.url === "/health" && asked.length < 4 ? 503 : 200;
    response.end();
  });
  const smoke = { kind: "checks" as const, checks: [request({})], retries: 0, every: 1 };
  expect(await runGate({ kind: "smoke", smoke, health }, subjectOf({ a: { endpoint } }), contextOf())).toMatchObject({
    verdict: "passed",
  });
  expect(asked).toEqual(["/health", "/health", "/health", "/health", "/v1/articles"]);
});

test("fails, and has asked for nothing, when an instance never becomes healthy", async () => {
  const asked: string[] = [];
  const endpoint = await servers.http((incoming, response) => {
    asked.push(incoming.url ?? "");
    response.writeHead(503).end();
  });
  const smoke = { kind: "checks" as const, checks: [request({})], retries: 0, every: 1 };
  const on = subjectOf({ a: { endpoint } });
  expect(await runGate({ kind: "smoke", smoke, health: { ...health, timeout: 200 } }, on, contextOf())).toMatchObject({
    verdict: "failed",
    evidence: "not begun: a was not healthy; /health last: answered 503",
  });
  expect(new Set(asked)).toEqual(new Set(["/health"]));
});
