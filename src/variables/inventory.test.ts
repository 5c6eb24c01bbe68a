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
  reference: null,
  ...more,
});
const read = (environment: string, variables: readonly Variable[], names: readonly Declared[] = []): ReadVariables => ({
  kind: "variables",
  variables: { environment, service: "blog", variables, declared: names, left: [], hints: [] },
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
  const broken: ReadVariables = { kind: "problems", problems: [], found: [variable("SAME", "one")], declared: [] };
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

test("tells of a reference what it is and who says it, and whether it was said", () => {
  const problem = { code: "x", file: null, line: null, column: null, message: "m", hint: null };
  const reference = (text: string | null, resolved: boolean, value = "v") =>
    variable("A", resolved ? value : "", {
      secret: true,
      reference: { text, command: "op read {reference}", problem: resolved ? null : problem },
    });
  const state = (mine: Variable, their: Variable) => {
    const [entry] = inventoryOf(read("staging", [mine]), { production: read("production", [their]) });
    return [entry?.state, entry?.reference?.text, entry?.elsewhere.production];
  };
  expect(state(reference("op://a", true), reference("op://b", true))).toEqual(["set", "op://a", "same"]);
  expect(state(reference("op://a", true), reference("op://b", true, "w"))).toEqual(["set", "op://a", "differs"]);
  expect(state(reference("op://a", false), reference("op://b", true))).toEqual(["unresolved", "op://a", "unread"]);
  expect(state(reference("op://a", true), reference("op://b", false))).toEqual(["set", "op://a", "unread"]);
  expect(state(reference("op://a", false), reference("op://a", false))).toEqual(["unresolved", "op://a", "same"]);
  expect(state(reference(null, false), reference(null, false))).toEqual(["unresolved", null, "unread"]);
});

test("takes what may stand in a file that cannot be read for neither set nor unset, and what is declared for declared", () => {
  const problem = { code: "x", file: "env/a.env.age", line: null, column: null, message: "x", hint: null };
  const names = [declared("KEY"), declared("SAME")];
  const here: ReadVariables = {
    kind: "problems",
    problems: [problem],
    found: [variable("SAME", "one")],
    declared: names,
  };
  const told = (one: ReadVariables) => inventoryOf(one, {}).map(({ name, state, declared: at }) => [name, state, at]);
  const at = "services/blog/.env.example:1";
  expect(told(here)).toEqual([
    ["KEY", "unread", at],
    ["SAME", "set", at],
  ]);
  const reference = { text: "op://x", command: "op", problem };
  const unresolved = { ...here, found: [variable("SAME", "", { reference })] };
  expect(told(unresolved)).toEqual([
    ["KEY", "not-set", at],
    ["SAME", "unresolved", at],
  ]);
});
