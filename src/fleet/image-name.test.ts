import { describe, expect, it } from "vitest";
import { imagePlace, parseImageName } from "./image-name.ts";

describe("parseImageName reads as Docker does", () => {
  it.each([
    ["shop/blog", { registry: "docker.io", repository: "shop/blog" }],
    ["blog", { registry: "docker.io", repository: "library/blog" }],
    ["registry.example/shop/blog", { registry: "registry.example", repository: "shop/blog" }],
    ["localhost/blog", { registry: "localhost", repository: "blog" }],
    ["127.0.0.1:5000/a/b/c-d.e__f", { registry: "127.0.0.1:5000", repository: "a/b/c-d.e__f" }],
    ["[::1]:5000/a", { registry: "[::1]:5000", repository: "a" }],
  ])("%s", (text, name) => {
    expect(parseImageName(text)).toEqual(name);
  });

  it.each([
    "",
    "Shop/blog",
    "shop/blog:1",
    "shop//blog",
    "shop/-blog",
    "registry.example/",
    "a b/c",
    `a/${"b".repeat(200)}`,
  ])("no name: %j", (text) => {
    expect(parseImageName(text)).toBeNull();
  });
});

describe("imagePlace", () => {
  it("is the registry that the fleet file names, or this machine's engine", () => {
    expect(imagePlace({ name: "shop", image: "r.example/shop/{service}-service" }, "blog")).toEqual({
      name: "r.example/shop/blog-service",
      pushed: true,
    });
    expect(imagePlace({ name: "shop", image: null }, "blog")).toEqual({ name: "shop/blog", pushed: false });
  });
});
