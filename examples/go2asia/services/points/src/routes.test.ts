import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { openDatabase } from "@go2asia/service-kit/database";
import { silent } from "@go2asia/service-kit/log";
import { asking, NO_DATABASE, scratchDatabase, signer } from "@go2asia/service-kit/testing";
import { Ledger } from "./ledger.ts";
import { createRoutes } from "./routes.ts";
import { serviceTokens } from "./service-token.ts";
import type { Tables } from "./tables.ts";

const { authenticate, token } = signer();

function service(t: TestContext, url: string) {
  const database = openDatabase<Tables>({ url, service: "test", log: silent });
  t.after(() => database.destroy());
  return asking(
    createRoutes({ ledger: new Ledger(database), authenticate, fromService: serviceTokens("first, second") }),
  );
}

test("awards are for services, balances for users", async (t) => {
  const ask = service(t, NO_DATABASE);
  assert.equal((await ask("POST /v1/points/awards", { json: {} })).status, 401);
  assert.equal((await ask("POST /v1/points/awards", { json: {}, token: "third" })).status, 401);
  assert.equal((await ask("POST /v1/points/awards", { json: {}, token: "second" })).status, 422);
  assert.equal((await ask("GET /v1/points/me")).status, 401);
  const user = await token("user");
  assert.equal((await ask("POST /v1/points/me/spend", { json: { amount: -1 }, token: user })).status, 422);
});

test("an award counts once however often it comes, also all at once", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const ask = service(t, scratch.url);
  const userId = randomUUID();
  const json = { externalId: "a", userId, amount: 10, reason: "test" };
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => ask("POST /v1/points/awards", { json, token: "first" })),
  );
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
  const own = await ask("GET /v1/points/me", { token: await token("user", { userId }) });
  assert.deepEqual(own.body, { userId, balance: 10 });
  const other = { ...json, amount: 11 };
  assert.equal((await ask("POST /v1/points/awards", { json: other, token: "first" })).status, 409);
});

test("no balance falls below 0, also when all spend at once; the ledger adds up", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const ask = service(t, scratch.url);
  const userId = randomUUID();
  const user = await token("user", { userId });
  const award = { externalId: "a", userId, amount: 30, reason: "test" };
  await ask("POST /v1/points/awards", { json: award, token: "first" });
  const spent = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      ask("POST /v1/points/me/spend", {
        json: { externalId: String(index), amount: 10, reason: "tea" },
        token: user,
      }),
    ),
  );
  assert.deepEqual(spent.map((answer) => answer.status).sort(), [201, 201, 201, 409, 409, 409]);
  const { items } = (await ask("GET /v1/points/me/ledger", { token: user })).body as { items: { amount: number }[] };
  assert.equal(
    items.reduce((sum, entry) => sum + entry.amount, 0),
    0,
  );
  assert.equal(items.length, 4);
});

test("the downs undo the ups", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  await scratch.down();
  assert.deepEqual(await scratch.tables(), []);
  await scratch.up();
});
