import { expect, test } from "vitest";
import type { RouterTable } from "./router.ts";
import { ambiguity, parseTable } from "./table.ts";

const table: RouterTable = {
  formatVersion: 1,
  listen: { host: "127.0.0.1", port: 8080 },
  epoch: 3,
  services: [
    {
      service: "blog",
      match: [{ kind: "prefix", prefix: "/v1/articles" }],
      backends: [{ instance: "blog-1", host: "127.0.0.1", port: 4000, weight: 1 }],
    },
  ],
};

test("what was written is what is read", () => {
  expect(parseTable(JSON.stringify(table, null, 2))).toEqual(table);
});

test("every torn copy is refused", () => {
  const text = JSON.stringify(table);
  for (let length = 0; length < text.length; length += 1) {
    expect(() => parseTable(text.slice(0, length))).toThrow(/refused: it is not whole JSON/);
  }
});

test.each([
  ["another format", { ...table, formatVersion: 2 }, /formatVersion/],
  ["an unknown key", { ...table, extra: 1 }, /extra/],
  ["a port that is none", { ...table, listen: { host: "x", port: 70_000 } }, /port/],
  [
    "a prefix without a slash",
    { ...table, services: [{ service: "a", match: [{ kind: "prefix", prefix: "v1" }], backends: [] }] },
    /prefix/,
  ],
  ["no object", [], /object/],
])("refuses %s", (_, value, message) => {
  expect(() => parseTable(JSON.stringify(value))).toThrow(message);
});

test("a table that means two things at once is refused", () => {
  const [blog] = table.services;
  if (blog === undefined) throw new Error("no service");
  const twice = { ...table, services: [blog, { ...blog, service: "news", backends: [] }] };
  expect(ambiguity(twice)).toBe("prefix /v1/articles is named twice (blog, news)");
  const shared = { ...table, services: [blog, { ...blog, service: "news", match: [] }] };
  expect(ambiguity(shared)).toMatch(/^instance blog-1 is named twice/);
  expect(() => parseTable(JSON.stringify(twice))).toThrow(/named twice/);
});
