import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Hono } from "hono";
import type { Env } from "./http.ts";
import { type Authenticate, authenticateBy } from "./principal.ts";
import { asking, signer } from "./testing.ts";

function whoami(authenticate: Authenticate) {
  const routes = new Hono<Env>();
  routes.get("/me", async (c) => {
    const { userId, role } = await authenticate(c);
    return c.json({ userId, role });
  });
  return asking(routes);
}

test("a token that user-auth signed says who asks", async () => {
  const { authenticate, token } = signer();
  const userId = "5b0e9d9e-32fc-4d5c-8b0f-3a1f6f6a1111";
  const { body } = await whoami(authenticate)("GET /me", { token: await token("vip", { userId }) });
  assert.deepEqual(body, { userId, role: "vip" });
});

test("no token, one that expired, one signed by another and one by an unknown key are 401", async () => {
  const { authenticate, token } = signer();
  const ask = whoami(authenticate);
  assert.equal((await ask("GET /me")).status, 401);
  assert.equal((await ask("GET /me", { token: "nonsense" })).status, 401);
  assert.equal((await ask("GET /me", { token: await token("user", { expires: "-1s" }) })).status, 401);
  assert.equal((await ask("GET /me", { token: await signer().token("admin") })).status, 401);
  assert.equal((await ask("GET /me", { token: await token("user", { kid: "other" }) })).status, 401);
});

test("keys that cannot be fetched are not the caller's fault: 503", async (t) => {
  const server = createServer((_, response) => response.writeHead(502).end("no"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ask = whoami(authenticateBy(`http://127.0.0.1:${port}`));
  assert.equal((await ask("GET /me", { token: await signer().token("user") })).status, 503);
  const nobody = whoami(authenticateBy("http://127.0.0.1:1"));
  assert.equal((await nobody("GET /me", { token: await signer().token("user") })).status, 503);
});
