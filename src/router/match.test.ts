import { expect, test } from "vitest";
import { matcherOf } from "./match.ts";

const service = (name: string, ...routes: string[]) => ({
  service: name,
  match: routes.map((route) =>
    route.startsWith("/") ? ({ kind: "prefix", prefix: route } as const) : ({ kind: "host", host: route } as const),
  ),
  backends: [],
});

const find = matcherOf({
  formatVersion: 1,
  listen: { host: "127.0.0.1", port: 1 },
  epoch: 1,
  services: [
    service("web", "/"),
    service("content", "/v1"),
    service("blog", "/v1/articles/", "Blog.Example"),
    service("six", "[::1]"),
  ],
});

test.each([
  ["the longest prefix wins", "any", "/v1/articles/7", "blog"],
  ["a prefix covers itself", "any", "/v1/articles", "blog"],
  ["and itself with a query", "any", "/v1/articles?page=2", "blog"],
  ["a prefix ends at a segment", "any", "/v1/articles-of-others", "content"],
  ["the root takes the rest", "any", "/v10", "web"],
  ["a host comes before any prefix", "blog.example", "/v1/things", "blog"],
  ["whatever its case and port", "BLOG.example:8080", "/", "blog"],
  ["a host's suffix is another host", "notblog.example", "/x", "web"],
  ["an address in brackets", "[::1]:80", "/v1", "six"],
])("%s", (_, host, path, expected) => {
  expect(find({ host, path })).toBe(expected);
});

test("nothing matches without a root", () => {
  const narrow = matcherOf({
    formatVersion: 1,
    listen: { host: "127.0.0.1", port: 1 },
    epoch: 1,
    services: [service("a", "/a")],
  });
  expect(narrow({ host: "", path: "/b" })).toBeNull();
});
