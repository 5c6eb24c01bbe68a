import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openDatabase } from "@go2asia/service-kit/database";
import { silent } from "@go2asia/service-kit/log";
import { Peer } from "@go2asia/service-kit/peer";
import { asking, NO_DATABASE, scratchDatabase, signer } from "@go2asia/service-kit/testing";
import { Places } from "./places.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";

const { authenticate, token } = signer();

function service(t: TestContext, url: string) {
  const database = openDatabase<Tables>({ url, service: "test", log: silent });
  t.after(() => database.destroy());
  const content = new Peer("content", "http://127.0.0.1:1");
  return asking(createRoutes({ places: new Places(database), content, authenticate }));
}

test("what cannot be is refused before the database is asked", async (t) => {
  const ask = service(t, NO_DATABASE);
  assert.equal((await ask("GET /v1/places?latitude=91&longitude=0")).status, 422);
  assert.equal((await ask("GET /v1/places?latitude=13")).status, 422);
  assert.equal((await ask("GET /v1/cities?country=thailand")).status, 422);
  assert.equal((await ask("POST /v1/places")).status, 401);
  assert.equal((await ask("POST /v1/places", { json: {}, token: await token("vip") })).status, 403);
});

test("places are found by the beginning of a word and by distance, nearest first", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  const ask = service(t, scratch.url);
  const cities = (await ask("GET /v1/cities?country=TH")).body as { items: { id: string; name: string }[] };
  const cityId = cities.items.find((city) => city.name === "Bangkok")?.id;
  const pro = await token("pro");
  const add = (name: string, latitude: number, longitude: number) =>
    ask("POST /v1/places", { json: { cityId, name, kind: "sight", latitude, longitude }, token: pro });
  assert.equal((await add("Grand Palace", 13.75, 100.4915)).status, 201);
  assert.equal((await add("Wat Arun", 13.7437, 100.4888)).status, 201);
  assert.equal((await add("100% Thai_Food", 13.9, 100.6)).status, 201);

  type Found = { items: { name: string; km?: number }[] };
  const names = async (query: string) =>
    ((await ask(`GET /v1/places?${query}`)).body as Found).items.map((place) => place.name);
  assert.deepEqual(await names("name=pal"), ["Grand Palace"]);
  assert.deepEqual(await names("name=100%25"), ["100% Thai_Food"]);
  assert.deepEqual(await names("name=%25"), []);
  assert.deepEqual(await names("latitude=13.7437&longitude=100.4888&km=2"), ["Wat Arun", "Grand Palace"]);
  const { items } = (await ask("GET /v1/places?latitude=13.7437&longitude=100.4888&km=2")).body as Found;
  assert.equal(Math.round((items[1]?.km ?? 0) * 100), 76);
});

test("the downs undo the ups", async (t) => {
  const scratch = await scratchDatabase(t, new URL("../migrations/", import.meta.url));
  if (scratch === null) return;
  await scratch.down();
  assert.deepEqual(await scratch.tables(), []);
  await scratch.up();
});
