import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type TestContext, test } from "node:test";
import { openDatabase } from "@go2asia/service-kit/database";
import { silent } from "@go2asia/service-kit/log";
import { authenticateWith } from "@go2asia/service-kit/principal";
import { asking, NO_DATABASE, scratchDatabase } from "@go2asia/service-kit/testing";
import { createLocalJWKSet } from "jose";
import { parseKeys } from "./keys.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";
import { TokenIssuer } from "./tokens.ts";

const key = (kid: string) => `${kid}:${randomBytes(32).toString("base64url")}`;

function service(t: TestContext, url: string, jwtKeys = key("one")) {
  const database = openDatabase<Tables>({ url, service: "test", log: silent });
  t.after(() => database.destroy());
  const keys = parseKeys(jwtKeys);
  return asking(
    createRoutes({
      database,
      keys,
      issuer: new TokenIssuer(database, keys[0]),
      authenticate: authenticateWith(createLocalJWKSet({ keys: keys.map((one) => one.published) })),
      adminEmails: new Set(["root@go2asia.example"]),
    }),
  );
}

test("what cannot be is refused before the database is asked", async (t) => {
  const ask = service(t, NO_DATABASE);
  assert.equal((await ask("POST /v1/auth/register", { json: { email: "nobody" } })).status, 422);
  assert.equal((await ask("GET /v1/auth/me")).status, 401);
  assert.equal((await ask("GET /v1/auth/users/7")).status, 422);
});

test("a database that is away is 503", async (t) => {
  const ask = service(t, NO_DATABASE);
  const json = { email: "an@go2asia.example", password: "does not matter" };
  assert.equal((await ask("POST /v1/auth/sign-in", { json })).status, 503);
});

type Signed = { user: { id: string; role: string }; accessToken: string; refreshToken: string };
const an = { email: "an@go2asia.example", password: "correct horse battery", name: "An" };

test("register, sign in, refresh once, sign out; a stolen refresh token ends the sign-in", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const ask = service(t, scratch.url);
  assert.equal((await ask("POST /v1/auth/register", { json: an })).status, 201);
  assert.equal((await ask("POST /v1/auth/register", { json: { ...an, email: "AN@go2asia.example" } })).status, 409);
  const { email } = an;
  assert.equal((await ask("POST /v1/auth/sign-in", { json: { email, password: "wrong" } })).status, 401);
  const signed = (await ask("POST /v1/auth/sign-in", { json: { email, password: an.password } })).body as Signed;
  assert.equal(signed.user.role, "user");
  assert.equal((await ask("GET /v1/auth/me", { token: signed.accessToken })).status, 200);

  const { refreshToken } = signed;
  const next = await ask("POST /v1/auth/refresh", { json: { refreshToken } });
  assert.equal(next.status, 200);
  assert.equal((await ask("POST /v1/auth/refresh", { json: { refreshToken } })).status, 401);
  const newest = (next.body as Signed).refreshToken;
  assert.equal((await ask("POST /v1/auth/refresh", { json: { refreshToken: newest } })).status, 401);
});

test("only an admin gives roles", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const ask = service(t, scratch.url);
  const user = (await ask("POST /v1/auth/register", { json: an })).body as Signed;
  const root = { ...an, email: "root@go2asia.example" };
  const admin = (await ask("POST /v1/auth/register", { json: root })).body as Signed;
  const path = `PUT /v1/auth/users/${user.user.id}/role` as const;
  assert.equal((await ask(path, { token: user.accessToken, json: { role: "admin" } })).status, 403);
  const changed = await ask(path, { token: admin.accessToken, json: { role: "pro" } });
  assert.equal((changed.body as { role: string }).role, "pro");
});

test("a token signed by the key before is still valid while that key is published", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const [old, young] = [key("old"), key("young")];
  const before = service(t, scratch.url, old);
  const { accessToken: token } = (await before("POST /v1/auth/register", { json: an })).body as Signed;
  assert.equal((await service(t, scratch.url, `${young},${old}`)("GET /v1/auth/me", { token })).status, 200);
  assert.equal((await service(t, scratch.url, young)("GET /v1/auth/me", { token })).status, 401);
});

test("the downs undo the ups", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  await scratch.down();
  assert.deepEqual(await scratch.tables(), []);
  await scratch.up();
});
