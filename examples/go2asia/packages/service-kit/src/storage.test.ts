import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { openStorage } from "./storage.ts";

test("what is written can be read, whole; what is not there is null; no key leaves the directory", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "storage-"));
  t.after(() => rm(folder, { recursive: true }));
  const storage = openStorage(pathToFileURL(folder).href);
  await storage.write("a.png", new Uint8Array([1, 2, 3]));
  const read = await storage.read("a.png");
  assert.equal(read?.size, 3);
  assert.deepEqual([...new Uint8Array(await new Response(read?.stream ?? null).arrayBuffer())], [1, 2, 3]);
  assert.equal(await storage.read("b.png"), null);
  assert.deepEqual(await readdir(folder), ["a.png"]);
  await assert.rejects(storage.write("../b.png", new Uint8Array([1])));
});

test("what is not supported is refused by name", () => {
  assert.throws(() => openStorage("s3://media"), /s3:\/\/ is not supported/);
});
