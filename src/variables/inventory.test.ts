import { expect, test } from "vitest";
import { inventoryOf } from "./inventory.ts";
import type { ReadVariables } from "./read-variables.ts";
import type { Declared, Variable } from "./variable.ts";

const declared = (name: string, more: Partial<Declared> = {}): Declared => ({
  name,
  file: "services/blog/.env.example",
  line: 1,
  column: 1,
  secret: false,
  rotates: false,
  optional: false,
  ...more,
});
const variable = (name: string, value: string, more: Partial<Variable> = {}): Variable => ({
  name,
  value,
  secret: false,
  rotates: false,
  optional: false,
  source: { kind: "file", file: "env/a.env", line: 2 },
  ...more,
});
const read = (environment: string, variables: readonly Variable[], names: readonly Declared[] = []): ReadVariables => ({
  kind: "variables",
  variables: { environment, service: "blog", variables, declared: names, hints: [] },
});

test("tells names, sources and what differs elsewhere, and never a value", () => {
  const secret = { secret: true, rotates: true };
  const here = read(
    "staging",
    [
      variable("COLOR", "green"),
      variable("EMPTY", " "),
      variable("KEY", "hunter2-here", secret),
      variable("SAME", "one"),
      variable("STRAY", "x"),
    ],
    [
      declared("COLOR"),
      declared("EMPTY"),
      declared("KEY", secret),
      declared("MISSING"),
      declared("OPTIONAL", { optional: true }),
      declared("PORT"),
      declared("SAME"),
    ],
  );
  const production = read("production", [
    variable("COLOR", "blue"),
    variable("KEY", "hunter2-there", secret),
    variable("SAME", "one"),
    variable("ONLY_THERE", "hidden", { secret: true }),
  ]);
  const broken: ReadVariables = { kind: "problems", problems: [], found: [variable("SAME", "one")] };
  const found = inventoryOf(here, { production, canary: broken });
  expect(
    found.map(({ name, state, source, elsewhere }) => [name, state, source, elsewhere.production, elsewhere.canary]),
  ).toEqual([
    ["COLOR", "set", "env/a.env:2", "differs", "unread"],
    ["EMPTY", "empty", "env/a.env:2", "not-set", "unread"],
    ["KEY", "set", "env/a.env:2", "differs", "unread"],
    ["MISSING", "not-set", null, "not-set", "unread"],
    ["ONLY_THERE", "not-set", null, "differs", "unread"],
    ["OPTIONAL", "not-set", null, "not-set", "unread"],
    ["SAME", "set", "env/a.env:2", "same", "same"],
    ["STRAY", "set", "env/a.env:2", "not-set", "unread"],
  ]);
  expect(found.find(({ name }) => name === "KEY")).toMatchObject({
    secret: true,
    rotates: true,
    declared: "services/blog/.env.example:1",
  });
  expect(found.find(({ name }) => name === "ONLY_THERE")).toMatchObject({ secret: true, declared: null });
  expect(JSON.stringify(found)).not.toMatch(/hunter2|green|blue|hidden/);
});
