import { expect, test } from "vitest";
import type { Migration } from "../migrations/migration.ts";
import { parseScript } from "../migrations/parse-script.ts";
import { phasesOf } from "./phases-of.ts";

const migration = async (name: string, sql: string): Promise<Migration> => ({
  name,
  sha256: "",
  number: 1,
  up: (await parseScript(`${name}.up.sql`, sql)).script,
  down: null,
  irreversible: null,
  batches: null,
  after: [],
});

test("what is let through is told, with its place and reason", async () => {
  const { allowed } = await phasesOf(
    [
      await migration("1_add", "alter table t add column a int"),
      await migration("2_drop", "-- sampan: allow drop-column because nothing reads it\nalter table t drop column b"),
    ],
    null,
  );
  expect(Object.fromEntries(allowed)).toEqual({
    "2_drop": [{ file: "2_drop.up.sql", line: 2, rule: "drop-column", because: "nothing reads it" }],
  });
});

test("what takes away waits, and what adds in the same file cannot: it is to be split", async () => {
  const phases = await phasesOf(
    [
      await migration("1_add", "alter table t add column a int"),
      await migration("2_drop", "alter table t drop column b"),
      await migration("3_both", "alter table t add column c int;\nalter table t drop column d"),
    ],
    null,
  );
  expect(Object.fromEntries(phases.of)).toEqual({ "1_add": "expand", "2_drop": "contract", "3_both": "contract" });
  expect([...phases.breaking.keys()]).toEqual(["3_both"]);
  expect(phases.breaking.get("3_both")).toMatchObject([{ code: "migration-mixed", line: 2 }]);
  expect(phases.problems).toEqual([]);
});
