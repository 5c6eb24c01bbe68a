import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { z } from "zod";
import { conflict } from "./failure.ts";
import type { Env } from "./http.ts";
import { body } from "./input.ts";
import { asking } from "./testing.ts";

const routes = new Hono<Env>();
routes.get("/broken", () => {
  throw new Error("a detail that callers must not see");
});
routes.get("/away", () => {
  throw Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
});
routes.get("/taken", () => {
  throw conflict("taken", "It is taken.");
});
routes.post("/input", async (c) => c.json(await body(c, z.object({ name: z.string().min(1), age: z.int() }))));
const ask = asking(routes);

test("a request id is kept, made when there is none, and replaced when it could not be logged safely", async () => {
  assert.equal((await ask("GET /health", { headers: { "x-request-id": "a-1" } })).headers.get("x-request-id"), "a-1");
  assert.match((await ask("GET /health")).headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
  const long = await ask("GET /health", { headers: { "x-request-id": "x".repeat(1000) } });
  assert.match(long.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
});

test("what breaks inside is not told outside", async () => {
  const { status, body: answer, headers } = await ask("GET /broken");
  assert.equal(status, 500);
  assert.equal(headers.get("content-type"), "application/problem+json");
  assert.doesNotMatch(JSON.stringify(answer), /detail that callers/);
});

test("a database that is away is 503, a failure keeps its status and code", async () => {
  assert.equal((await ask("GET /away")).status, 503);
  const { status, body: answer } = await ask("GET /taken");
  assert.equal(status, 409);
  assert.equal((answer as { code: string }).code, "taken");
});

test("input that does not fit is 422 with every issue, no JSON is 400", async () => {
  const { status, body: answer } = await ask("POST /input", { json: { name: "", age: 1.5 } });
  assert.equal(status, 422);
  assert.deepEqual(
    (answer as { detail: { path: string }[] }).detail.map((issue) => issue.path),
    ["name", "age"],
  );
  assert.equal((await ask("POST /input", { headers: { "content-type": "application/json" } })).status, 400);
});

test("ready only when everything answers, and not while stopping", async () => {
  const ready = asking(new Hono<Env>(), { database: async () => {} });
  assert.equal((await ready("GET /ready")).status, 200);
  const broken = asking(new Hono<Env>(), { queue: () => Promise.reject(new Error("not connected yet")) });
  const { status, body: answer } = await broken("GET /ready");
  assert.equal(status, 503);
  assert.deepEqual((answer as { checks: object }).checks, { queue: "not connected yet" });
  const stopping = asking(new Hono<Env>(), {}, AbortSignal.abort());
  const last = await stopping("GET /ready");
  assert.equal(last.status, 503);
  assert.equal(last.headers.get("connection"), "close");
});
