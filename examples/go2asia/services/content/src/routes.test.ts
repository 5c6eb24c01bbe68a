import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { openDatabase } from "@go2asia/service-kit/database";
import { silent } from "@go2asia/service-kit/log";
import { openStorage } from "@go2asia/service-kit/storage";
import { asking, NO_DATABASE, scratchDatabase, signer } from "@go2asia/service-kit/testing";
import { Items } from "./items.ts";
import { createMediaRoutes } from "./media.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";

const { authenticate, token } = signer();

async function service(t: TestContext, url: string) {
  const database = openDatabase<Tables>({ url, service: "test", log: silent });
  const folder = await mkdtemp(join(tmpdir(), "media-"));
  t.after(async () => {
    await database.destroy();
    await rm(folder, { recursive: true });
  });
  const storage = openStorage(pathToFileURL(folder).href);
  const routes = createRoutes({ items: new Items(database), authenticate });
  routes.route("/", createMediaRoutes({ database, storage, authenticate }));
  return asking(routes);
}

test("what cannot be is refused before the database is asked", async (t) => {
  const ask = await service(t, NO_DATABASE);
  assert.equal((await ask("GET /v1/content?limit=0")).status, 422);
  assert.equal((await ask("GET /v1/content/7")).status, 422);
  assert.equal((await ask("GET /v1/content/export?seconds=11")).status, 422);
  assert.equal((await ask("POST /v1/content")).status, 401);
  assert.equal((await ask("POST /v1/content", { json: {}, token: await token("guest") })).status, 403);
  const page = { token: await token("user"), headers: { "content-type": "text/html" } };
  assert.equal((await ask("POST /v1/media", page)).status, 415);
  assert.equal((await ask("GET /v1/media/..%2Fsecret")).status, 422);
});

const draft = { type: "article", slug: "street-food", title: "Street food", body: "Go where the queue is." };

test("a draft is its owner's, a published item everybody's, and each change makes a version", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const ask = await service(t, scratch.url);
  const owner = await token("user", { userId: randomUUID() });
  const other = await token("user");
  const made = await ask("POST /v1/content", { json: draft, token: owner });
  assert.equal(made.status, 201);
  assert.equal((await ask("POST /v1/content", { json: draft, token: other })).status, 409);
  const path = `/v1/content/${(made.body as { id: string }).id}` as const;
  assert.equal((await ask(`GET ${path}`, { token: other })).status, 404);
  assert.equal((await ask(`GET ${path}`, { token: owner })).status, 200);

  const publish = { version: 1, status: "published" };
  assert.equal((await ask(`PUT ${path}`, { json: publish, token: other })).status, 403);
  assert.equal((await ask(`PUT ${path}`, { json: publish, token: owner })).status, 200);
  assert.equal((await ask(`PUT ${path}`, { json: publish, token: owner })).status, 409);
  assert.equal((await ask(`GET ${path}`)).status, 200);
  const { items } = (await ask(`GET ${path}/versions`, { token: owner })).body as { items: { status: string }[] };
  assert.deepEqual(
    items.map((version) => version.status),
    ["published", "draft"],
  );
});

test("the downs undo the ups", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  await scratch.down();
  assert.deepEqual(await scratch.tables(), []);
  await scratch.up();
});
