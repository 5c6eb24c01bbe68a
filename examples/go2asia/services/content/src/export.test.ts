import assert from "node:assert/strict";
import { test } from "node:test";
import { exportLines } from "./export.ts";
import type { Item } from "./items.ts";

const item = (title: string): Item => ({
  id: "5b0e9d9e-32fc-4d5c-8b0f-3a1f6f6a1111",
  type: "article",
  slug: title,
  locale: "en",
  status: "published",
  version: 1,
  title,
  body: "",
  ownerId: "5b0e9d9e-32fc-4d5c-8b0f-3a1f6f6a2222",
  createdAt: new Date(0),
  updatedAt: new Date(0),
  publishedAt: new Date(0),
});

async function lines(items: readonly Item[]): Promise<{ kind: string; items?: number; item?: Item }[]> {
  const text = await new Response(exportLines({ items, seconds: 0.5 })).text();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("an export begins with a count, has every item once and ends with the same count", async () => {
  const all = await lines(["a", "b", "c"].map(item));
  assert.deepEqual(all[0], { kind: "begin", items: 3 });
  assert.deepEqual(all.at(-1), { kind: "end", items: 3 });
  assert.deepEqual(
    all.flatMap((line) => line.item?.title ?? []),
    ["a", "b", "c"],
  );
});

test("with nothing to export the connection still beats", async () => {
  const all = await lines([]);
  assert.deepEqual(
    all.map((line) => line.kind),
    ["begin", "beat", "beat", "end"],
  );
});
