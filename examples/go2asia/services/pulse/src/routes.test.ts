import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { openDatabase } from "@go2asia/service-kit/database";
import { silent } from "@go2asia/service-kit/log";
import { Peer } from "@go2asia/service-kit/peer";
import { asking, NO_DATABASE, scratchDatabase, signer } from "@go2asia/service-kit/testing";
import { Events } from "./events.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";

const { authenticate, token } = signer();

function service(t: TestContext, url: string, stopping = new AbortController().signal) {
  const database = openDatabase<Tables>({ url, service: "test", log: silent });
  t.after(() => database.destroy());
  const away = (name: string) => new Peer(name, "http://127.0.0.1:1");
  const routes = createRoutes({
    database,
    events: new Events(database),
    content: away("content"),
    points: away("points"),
    authenticate,
    wake() {},
    stopping,
  });
  return { ask: asking(routes), database };
}

test("what cannot be is refused before the database is asked", async (t) => {
  const { ask } = service(t, NO_DATABASE);
  assert.equal((await ask("GET /v1/events?limit=101")).status, 422);
  assert.equal((await ask("POST /v1/events")).status, 401);
  assert.equal((await ask("POST /v1/events", { json: {}, token: await token("user") })).status, 403);
  assert.equal((await ask("POST /v1/events", { json: { seats: 0 }, token: await token("pro") })).status, 422);
});

const event = { title: "Night market walk", startsAt: "2100-01-01T18:00:00+07:00", seats: 2 };

test("no more registrations than seats, one award each, and a feed without gaps", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const { ask, database } = service(t, scratch.url);
  const made = await ask("POST /v1/events", { json: event, token: await token("pro") });
  const { id } = made.body as { id: string };
  const path = `/v1/events/${id}/registration` as const;
  const users = await Promise.all(Array.from({ length: 5 }, () => token("user", { userId: randomUUID() })));
  const answers = await Promise.all(users.map((user) => ask(`PUT ${path}`, { token: user })));
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 201, 409, 409, 409]);

  const lucky = users[answers.findIndex((answer) => answer.status === 201)] ?? "";
  assert.equal((await ask(`PUT ${path}`, { token: lucky })).status, 200);
  assert.equal((await ask(`DELETE ${path}`, { token: lucky })).status, 204);
  assert.equal((await ask(`PUT ${path}`, { token: lucky })).status, 201);
  const awards = await database.selectFrom("outbox").select("award").execute();
  assert.equal(new Set(awards.map((row) => row.award.externalId)).size, 2);
  const feed = await database.selectFrom("feed").select("position").orderBy("position").execute();
  assert.deepEqual(
    feed.map((row) => row.position),
    [1, 2, 3, 4, 5],
  );
});

test("a stream resumes after the last event seen, counts its ticks and says when it ends", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const stop = new AbortController();
  const { ask } = service(t, scratch.url, stop.signal);
  const host = await token("pro");
  await ask("POST /v1/events", { json: event, token: host });
  await ask("POST /v1/events", { json: event, token: host });
  setTimeout(() => stop.abort(), 300);
  const { body } = await ask("GET /v1/events/stream?every=50", { headers: { "last-event-id": "1" } });
  const text = String(body);
  const ticks = [...text.matchAll(/"sequence":(\d+)/g)].map((match) => Number(match[1]));
  assert.deepEqual(
    ticks,
    ticks.map((_, index) => index + 1),
  );
  assert.deepEqual(
    [...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1]),
    ["2"],
  );
  assert.match(text, /event: end\n/);
});

test("the downs undo the ups", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  await scratch.down();
  assert.deepEqual(await scratch.tables(), []);
  await scratch.up();
});
