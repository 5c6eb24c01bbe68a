import { expect, it } from "vitest";
import { forNobody } from "./for-nobody.ts";
import type { ReadVariables } from "./read-variables.ts";

const read = (service: string, ...names: readonly string[]): ReadVariables => ({
  kind: "variables",
  variables: {
    ...{ environment: "staging", service, variables: [], declared: [], hints: [] },
    left: names.map((name, nth) => ({ name, file: "env/staging.age", line: nth + 1 })),
  },
});

it("is what every service leaves in a shared file", () => {
  const left = forNobody([read("auth", "OLD_TOKEN", "BLOG_KEY"), read("blog", "AUTH_KEY", "OLD_TOKEN")]);
  expect(left).toEqual([{ name: "OLD_TOKEN", file: "env/staging.age", line: 1 }]);
  expect(forNobody([read("auth", "OLD_TOKEN"), read("blog")])).toEqual([]);
  expect(forNobody([])).toEqual([]);
});

it("is nothing that is known where a service could not be read", () => {
  const unread: ReadVariables = { kind: "problems", problems: [], found: [], declared: [] };
  expect(forNobody([read("auth", "OLD_TOKEN"), unread])).toEqual([]);
});
