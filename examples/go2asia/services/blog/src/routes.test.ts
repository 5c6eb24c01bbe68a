import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { openDatabase } from "@go2asia/service-kit/database";
import { silent } from "@go2asia/service-kit/log";
import { Peer } from "@go2asia/service-kit/peer";
import { asking, NO_DATABASE, scratchDatabase, signer } from "@go2asia/service-kit/testing";
import { Articles } from "./articles.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";

const { authenticate, token } = signer();

function service(t: TestContext, url: string, peers = "http://127.0.0.1:1") {
  const database = openDatabase<Tables>({ url, service: "test", log: silent });
  t.after(() => database.destroy());
  const routes = createRoutes({
    articles: new Articles(database),
    content: new Peer("content", peers),
    userAuth: new Peer("user-auth", peers),
    authenticate,
    wake() {},
  });
  return { ask: asking(routes), database };
}

const writing = { slug: "street-food", title: "Street food", body: "Go where the queue is." };

test("what cannot be is refused before anything is asked; peers that are away are 503", async (t) => {
  const { ask } = service(t, NO_DATABASE);
  const user = await token("user");
  assert.equal((await ask("GET /v1/articles?limit=0")).status, 422);
  assert.equal((await ask("POST /v1/articles", { json: { title: "" } })).status, 401);
  assert.equal((await ask("POST /v1/articles", { json: { title: "" }, token: user })).status, 422);
  assert.equal((await ask("POST /v1/articles", { json: writing, token: await token("guest") })).status, 403);
  assert.equal((await ask("POST /v1/articles", { json: writing, token: user })).status, 503);
});

/** Answers as content and user-auth do, for one item and one author. */
async function peers(t: TestContext): Promise<string> {
  const item = { id: randomUUID(), version: 1, status: "draft", body: writing.body };
  const server = createServer((request, response) => {
    if (request.method === "PUT") Object.assign(item, { version: item.version + 1, status: "published" });
    const answer = request.url?.startsWith("/v1/auth/") ? { name: "An" } : item;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an article is published once, by its author, and earns one award", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const { ask, database } = service(t, scratch.url, await peers(t));
  const author = await token("user", { userId: randomUUID() });
  const made = await ask("POST /v1/articles", { json: writing, token: author });
  assert.equal(made.status, 201);
  const { id, authorName } = made.body as { id: string; authorName: string };
  assert.equal(authorName, "An");
  assert.deepEqual((await ask("GET /v1/articles")).body, { items: [] });
  const publish = `POST /v1/articles/${id}/publish` as const;
  assert.equal((await ask(publish, { token: await token("user") })).status, 403);
  assert.equal((await ask(publish, { token: author })).status, 200);
  assert.equal((await ask(publish, { token: author })).status, 200);
  assert.equal(((await ask("GET /v1/articles")).body as { items: unknown[] }).items.length, 1);
  const awards = await database.selectFrom("outbox").select("award").execute();
  assert.deepEqual(
    awards.map((row) => row.award.externalId),
    [`blog/article/${id}`],
  );
});

test("the downs undo the ups", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  await scratch.down();
  assert.deepEqual(await scratch.tables(), []);
  await scratch.up();
});
