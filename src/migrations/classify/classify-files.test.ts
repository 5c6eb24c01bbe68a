import { expect, test } from "vitest";
import { classifyFiles } from "./classify-files.ts";
import { mixedPhases } from "./mixed-phases.ts";

const files = (...sql: readonly string[]) =>
  sql.map((text, index) => ({ file: `${index + 1}.up.sql`, sql: text, direction: "up" as const, transaction: true }));
const judge = (sql: readonly string[], release: "all" | "each" = "each") =>
  classifyFiles(files(...sql), { catalog: null, release });
const rules = async (...given: Parameters<typeof judge>) =>
  (await judge(...given)).map(({ statements }) => statements.map(({ rule }) => rule));

test("what an earlier release made is in use, what the same release made is free", async () => {
  const sql = ["create table t (id int, a text)", "alter table t drop column a"];
  expect(await rules(sql, "each")).toEqual([["new-object"], ["drop-column"]]);
  expect(await rules(sql, "all")).toEqual([["new-object"], ["new-object"]]);
});

test("without a catalog, what the files made tells types, defaults and constraints", async () => {
  const made =
    "create table t (id int primary key, a varchar(10), b int not null, c text default 'x', unique (a), check (b > 0))";
  const [, changed] = await judge([
    made,
    "alter table t alter a type text; alter table t alter b type bigint; alter table t alter b set not null; alter table t alter id drop default; alter table t drop constraint t_a_key; alter table t drop constraint t_b_check",
  ]);
  expect(changed?.statements.map(({ rule, undecided }) => [rule, undecided])).toEqual([
    ["widen-type", null],
    ["int-to-bigint", null],
    ["quick-change", null],
    ["quick-change", null],
    ["drop-unique", null],
    ["drop-constraint", null],
  ]);
});

const there = "add constraint there check (a is not null)";
test.each<[string, readonly string[]]>([
  [
    "a CHECK whose column was dropped",
    [`alter table t ${there}`, "alter table t drop column a", "alter table t add column a int"],
  ],
  [
    "a CHECK whose column was renamed",
    [`alter table t ${there}`, "alter table t rename column a to b", "alter table t add column a int"],
  ],
  [
    "a NOT NULL that was dropped by its name",
    [
      "alter table t drop constraint t_a_check1",
      "alter table t add constraint n not null a",
      "alter table t drop constraint n",
    ],
  ],
  [
    "a NOT NULL that was taken back",
    [
      "alter table t drop constraint t_a_check1",
      "alter table t add constraint n not null a",
      "alter table t alter a drop not null",
    ],
  ],
  ["the second CHECK without a name, which was dropped", ["alter table t drop constraint t_a_check1"]],
  [
    "a CHECK that is not enforced",
    [
      "alter table t drop constraint t_a_check1",
      "alter table t add column c int check (c is not null) not enforced",
      "alter table t drop column a",
      "alter table t rename column c to a",
    ],
  ],
  [
    "a CHECK that the tables below do not have",
    ["alter table t drop constraint t_a_check1", `alter table t ${there} no inherit`],
  ],
])("what is gone does not say that a column holds no NULL: %s", async (_, between) => {
  const made = "create table t (id int primary key, a int check (a > 0) check (a is not null))";
  const verdicts = await judge([made, ...between, "alter table t alter a set not null"]);
  expect(verdicts.at(-1)?.statements).toMatchObject([{ compatibility: "contract", lock: { scan: true } }]);
});

test("what nobody knows is said, and the verdict is the careful one", async () => {
  const [unknown] = await judge([
    "alter table t alter a type text; alter table t add column d mystery; drop index i; alter table t drop constraint c; create or replace function f() returns int language sql as 'select 1'",
  ]);
  expect(unknown?.statements.map(({ compatibility, undecided }) => [compatibility, undecided !== null])).toEqual([
    ["contract", true],
    ["expand-if", true],
    ["contract", true],
    ["contract", true],
    ["contract", true],
  ]);
  expect(unknown?.statements[1]?.lock).toMatchObject({ rewrite: true, unsafe: true });
});

test("a long statement extends the lock that its transaction holds, until the transaction ends", async () => {
  const sql = "alter table t add column a int; create index on u (b)";
  const [held] = await judge([sql]);
  expect(held?.statements[1]?.lock).toMatchObject({ mode: "Share", blocks: "reads", unsafe: true });
  expect(held?.statements[1]?.why).toContain("the AccessExclusive lock of line 1 on public.t");
  const [alone] = await judge([sql.replace("; ", "; commit; ")]);
  expect(alone?.statements.at(-1)?.lock).toMatchObject({ mode: "Share", blocks: "writes" });
});

test("one change of several is judged by itself", async () => {
  expect(await rules(["alter table t add column a int, drop column b, alter c set not null"])).toEqual([
    ["add-column", "drop-column", "set-not-null"],
  ]);
});

test("an allowance lets through the statement that follows, and only by the rule's name", async () => {
  const allowed = "-- sampan: allow drop-column because nothing reads it\nalter table t drop column a";
  const [one] = await judge([allowed]);
  expect(one).toMatchObject({
    phase: "expand",
    problems: [],
    statements: [{ allowed: { because: "nothing reads it" } }],
  });
  const [other] = await judge([`${allowed}; alter table t drop column b`]);
  expect(other).toMatchObject({ phase: "contract", statements: [{ allowed: {} }, { allowed: null }] });
  const [string] = await judge(["select '-- sampan: allow drop-column because x'; alter table t drop column a"]);
  expect(string).toMatchObject({ phase: "contract", problems: [] });
});

test.each([
  ["-- sampan: allow drop-column\nalter table t drop column a", "names a rule and a reason"],
  ["-- sampan: allow drop-table because no\nalter table t drop column a", "nothing here meets the rule drop-table"],
  ["alter table t drop column a;\n-- sampan: allow drop-column because late", "no statement follows"],
])("an allowance that allows nothing is a problem: %s", async (sql, message) => {
  const [verdict] = await judge([sql]);
  expect(verdict).toMatchObject({
    phase: "contract",
    problems: [{ code: "migration-allow", message: expect.stringContaining(message) }],
  });
});

test("a file that adds and takes away is to be split", async () => {
  const [mixed, adds, takes] = await judge([
    "alter table t add column a int;\nalter table t drop column b",
    "alter table t add column a int; update t set a = 1",
    "alter table t drop column b; alter table t drop constraint if exists c",
  ]);
  expect(mixed === undefined ? null : mixedPhases(mixed)).toMatchObject({
    code: "migration-mixed",
    line: 2,
    hint: expect.stringContaining("line 2"),
  });
  expect(adds === undefined ? null : mixedPhases(adds)).toBeNull();
  expect(takes === undefined ? null : mixedPhases(takes)).toBeNull();
});

test("a template is named as such, and its statements are judged by what can be seen", async () => {
  const [name] = await judge(['alter table {{ index .Options "Namespace" }}.users drop column a']);
  expect(name).toMatchObject({
    phase: "unknown",
    problems: [{ code: "migration-template", column: 13 }],
    statements: [{ rule: "drop-column" }],
  });
  const [inside] = await judge(["do $$ begin alter table {{ .Schema }}.t drop column a; end $$"]);
  expect(inside).toMatchObject({ problems: [{ code: "migration-template" }], statements: [{ rule: "drop-column" }] });
  const [array] = await judge(["select '{{1,2},{3,4}}'::int[]"]);
  expect(array).toMatchObject({ phase: "expand", problems: [] });
  const [control] = await judge(["create table t ({% if x %} a int, {% endif %} b int"]);
  expect(control).toMatchObject({ phase: "unknown", problems: [{ code: "migration-template" }], statements: [] });
});

test("data alone runs after the roll-out, data beside what it needs with it", async () => {
  const phases = (
    await judge(["update t set a = 1", "alter table t add column c int; update t set c = 1", "select 1"])
  ).map(({ phase }) => phase);
  expect(phases).toEqual(["data", "expand", "expand"]);
});

test("a down file is judged by what its up file made, which is in use by then", async () => {
  const verdicts = await classifyFiles(
    [
      { file: "1.up.sql", sql: "create table t (id int)", direction: "up", transaction: true },
      { file: "1.down.sql", sql: "drop table t", direction: "down", transaction: true },
      { file: "2.up.sql", sql: "alter table t add column a int", direction: "up", transaction: true },
    ],
    { catalog: null, release: "all" },
  );
  expect(verdicts.map(({ statements }) => statements[0]?.rule)).toEqual(["new-object", "drop-table", "new-object"]);
});
