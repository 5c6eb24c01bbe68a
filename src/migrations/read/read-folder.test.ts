import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, test } from "vitest";
import { readForeign } from "../read-foreign.ts";
import { judgeFolder } from "./judge-folder.ts";
import { readFolder } from "./read-folder.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), "sampan-read-folder-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const read = async (files: Readonly<Record<string, string | Buffer>>) => {
  const { format, scripts } = await readFolder(folderOf(files));
  const told = scripts.map(({ file, direction, transaction, content }) => {
    const text =
      "sql" in content ? content.sql.trim() : content.kind === "code" ? content.language : content.problem.code;
    return `${file} ${direction}${transaction ? "" : " outside"}: ${text}`;
  });
  return { format, told };
};

test("Sampan's own pairs, in order of their numbers", async () => {
  const files = { "10_b.up.sql": "select 10", "2_a.down.sql": "select -2", "2_a.up.sql": "select 2", "notes.md": "" };
  expect(await read(files)).toEqual({
    format: "sampan",
    told: ["2_a.up.sql up: select 2", "2_a.down.sql down: select -2", "10_b.up.sql up: select 10"],
  });
});

test("dbmate's two ways in one file, each in its own lines", async () => {
  const files = {
    "20240101_a.sql":
      "-- migrate:up transaction:false\ncreate index concurrently i on t (a);\n-- migrate:down\ndrop index i;\n",
  };
  const { scripts } = await readFolder(folderOf(files));
  expect(scripts.map(({ direction, transaction }) => [direction, transaction])).toEqual([
    ["up", false],
    ["down", true],
  ]);
  const [up, down] = scripts.map(({ content }) => (content.kind === "sql" ? content.sql.split("\n") : []));
  expect(up?.[1]).toBe("create index concurrently i on t (a);");
  expect(down?.[3]).toBe("drop index i;");
});

test("goose, sql-migrate and node-pg-migrate mark their ways with comments, too", async () => {
  expect(await read({ "1_a.sql": "-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;" })).toMatchObject({
    format: "goose",
  });
  expect(
    (await read({ "1_a.sql": "-- +migrate Up notransaction\nselect 1;\n-- +migrate Down\nselect 2;" })).told,
  ).toEqual([
    "1_a.sql up outside: -- +migrate Up notransaction\nselect 1;",
    "1_a.sql down: -- +migrate Down\nselect 2;",
  ]);
  expect(await read({ "1_a.sql": "-- Up Migration\nselect 1;\n-- Down Migration\nselect 2;" })).toMatchObject({
    format: "node-pg-migrate",
  });
});

test("drizzle's journal gives the order", async () => {
  const journal = JSON.stringify({
    entries: [
      { idx: 0, tag: "0000_zoo" },
      { idx: 1, tag: "0001_ant" },
    ],
  });
  const files = {
    "0001_ant.sql": "select 1;\n--> statement-breakpoint\nselect 2",
    "0000_zoo.sql": "select 0",
    "meta/_journal.json": journal,
    "meta/0000_snapshot.json": "{}",
  };
  expect(await read(files)).toMatchObject({
    format: "drizzle",
    told: ["0000_zoo.sql up: select 0", expect.stringMatching("0001_ant.sql up: select 1")],
  });
  expect(await read({ ...files, "meta/_journal.json": "{" })).toMatchObject({
    told: [expect.stringMatching("0000_zoo"), expect.anything()],
  });
});

test("Prisma's and Diesel's folders", async () => {
  expect(
    await read({ "2024_b/migration.sql": "select 2", "2023_a/migration.sql": "select 1", "migration_lock.toml": "" }),
  ).toEqual({
    format: "prisma",
    told: ["2023_a/migration.sql up: select 1", "2024_b/migration.sql up: select 2"],
  });
  expect(await read({ "1_a/up.sql": "select 1", "1_a/down.sql": "select -1", ".keep": "" })).toEqual({
    format: "diesel",
    told: ["1_a/up.sql up: select 1", "1_a/down.sql down: select -1"],
  });
});

test("of several dialects PostgreSQL's, else the one for all, else none", async () => {
  const files = {
    "1_a.postgres.up.sql": "select 1",
    "1_a.mysql.up.sql": "select 'mysql'",
    "1_a.up.sql": "select 'any'",
    "2_b.autocommit.up.sql": "select 2",
    "2_b.sqlite3.up.sql": "select 'sqlite'",
    "3_c.mysql.up.sql": "select 3",
    "4_d.up.fizz": "create_table()",
  };
  expect(await read(files)).toEqual({
    format: "fizz",
    told: ["1_a.postgres.up.sql up: select 1", "2_b.autocommit.up.sql up: select 2", "4_d.up.fizz up: fizz"],
  });
});

test("code is code, and what cannot be read says why", async () => {
  const knex = { "1_a.ts": "export const up = (knex) => knex.schema.createTable()", "1_a.test.ts": "", "index.js": "" };
  expect(await read(knex)).toEqual({ format: "knex", told: ["1_a.ts up: ts"] });
  expect(await read({ "1_a.js": "exports.up = (pgm) => {}" })).toMatchObject({ format: "node-pg-migrate" });
  expect(await read({ "1_a.sql": Buffer.from([0xff, 0xfe, 0x00]) })).toEqual({
    format: "sql",
    told: ["1_a.sql up: migration-not-utf8"],
  });
  expect(await read({ "V2__b.sql": "select 2", "V1__a.sql": "select 1", "U1__a.sql": "select -1" })).toEqual({
    format: "flyway",
    told: ["V1__a.sql up: select 1", "U1__a.sql down: select -1", "V2__b.sql up: select 2"],
  });
});

test("no folder is a problem, an empty one is none", async () => {
  expect(await readFolder("/no/such/folder")).toMatchObject({
    scripts: [],
    problems: [{ code: "migrations-missing" }],
  });
  expect(await readFolder(folderOf({}))).toEqual({ format: "sql", scripts: [], problems: [] });
});

describe("code that does nothing but run SQL", () => {
  it("is read where it is written out, in its own lines and columns", async () => {
    const up = "alter table t\n      add column c int";
    const files = {
      "1_a.js": `exports.shorthands = undefined;\nexports.up = (pgm) => {\n  pgm.sql(\`${up}\`);\n  pgm.sql('select 2');\n};\nexports.down = (pgm) => {\n  pgm.sql("select 3;");\n};\n`,
    };
    const { format, scripts } = await readFolder(folderOf(files));
    expect([format, scripts.map(({ direction }) => direction)]).toEqual(["node-pg-migrate", ["up", "down"]]);
    const [forth = "", back = ""] = scripts.map(({ content }) => ("sql" in content ? content.sql : ""));
    expect(
      forth
        .split("\n")
        .slice(2)
        .map((line) => line.trimEnd()),
    ).toEqual(["           alter table t", "      add column c int;", "           select 2;"]);
    expect(back.split("\n")[7]?.trimEnd()).toBe("           select 3;;");
    const [verdict] = await judgeFolder(await readFolder(folderOf(files)), null);
    expect(verdict?.statements.map(({ line, column }) => [line, column])).toEqual([
      [3, 12],
      [5, 12],
    ]);
  });

  it.each<[string, string, readonly string[]]>([
    ["knex, awaited", "exports.up = async function (knex) { await knex.raw('select 1'); };", ["up: select 1;"]],
    [
      "knex, returned and chained",
      "exports.up = (k) => k.schema.raw(`select 1`).raw(`select 2`);",
      ["up: select 1;       select 2;"],
    ],
    [
      "a module of ESM, without a transaction",
      "export const config = { transaction: false };\nexport async function up(knex: Knex): Promise<void> { return knex.raw('select 1') }\nexport async function down() {}",
      ["up outside: select 1;"],
    ],
    [
      "node-pg-migrate, without a transaction and without a way back",
      "export const up = (pgm: MigrationBuilder): void => { pgm.noTransaction(); pgm.sql(`create index concurrently i on t (a)`); };\nexport const down = false;",
      ["up outside: create index concurrently i on t (a);"],
    ],
    [
      "a way back that is code",
      "module.exports = { up: (pgm) => pgm.sql('select 1'), down: (pgm) => pgm.dropTable('t') };",
      ["up: select 1;", "down: ts"],
    ],
    ["a builder's call", "exports.up = (pgm) => { pgm.sql('select 1'); pgm.createTable('t', {}); };", ["up: ts"]],
    ["a text that is put together", "exports.up = (pgm) => { pgm.sql(`drop table ${name}`); };", ["up: ts"]],
    ["a text that is filled in", "exports.up = (knex) => knex.raw('drop table ??', ['t']);", ["up: ts"]],
    ["a condition", "exports.up = async (knex) => { if (x) await knex.raw('select 1'); };", ["up: ts"]],
    ["another's call of that name", "exports.up = (pgm) => { other.sql('select 1'); };", ["up: ts"]],
    ["a text with an escape", "exports.up = (pgm) => { pgm.sql('select \\'a\\''); };", ["up: ts"]],
    [
      "a comment that would hide the end",
      "exports.up = (pgm) => { pgm.sql('select 1 -- one'); pgm.sql('select 2'); };",
      ["up: ts"],
    ],
    ["no JavaScript", "exports.up = (", ["up: ts"]],
    ["nothing at all", "export const up = (pgm) => {};", ["up: ts"]],
    [
      "a parameter whose default is code",
      "exports.up = (pgm, _ = pgm.dropTable('t')) => pgm.sql('select 1');",
      ["up: ts"],
    ],
    [
      "a way back whose parameter is code",
      "exports.up = (pgm) => pgm.sql('select 1'); exports.down = (pgm, _ = pgm.dropTable('t')) => {};",
      ["up: select 1;", "down: ts"],
    ],
    ["two parameters of one name", "exports.up = function (pgm, pgm) { pgm.sql('select 1'); };", ["up: ts"]],
    ["a generator, which a call does not run", "exports.up = function* (pgm) { pgm.sql('select 1'); };", ["up: ts"]],
    ["a tag", "exports.up = (pgm) => { pgm.sql`select 1`; };", ["up: ts"]],
    [
      "all at once",
      "exports.up = async (knex) => { await Promise.all([knex.raw('select 1'), knex.raw('select 2')]); };",
      ["up: ts"],
    ],
    [
      "what stands after a return",
      "exports.up = (knex) => { return knex.raw('select 1'); knex.raw('select 2'); };",
      ["up: ts"],
    ],
    [
      "what knex is given and never runs",
      "exports.up = async (knex) => { knex.raw('select 1'); await knex.raw('select 2'); };",
      ["up: ts"],
    ],
    ["a question mark, of which knex makes $1", "exports.up = (knex) => knex.raw('select a ? 1');", ["up: ts"]],
    [
      "a question mark, which node-pg-migrate leaves",
      "exports.up = (pgm) => pgm.sql('select a ? 1');",
      ["up: select a ? 1;"],
    ],
    ["CRLF", "exports.up = (pgm) => {\r\n  pgm.sql('select 1');\r\n};", ["up: select 1;"]],
    ["a byte order mark", "\uFEFFexports.up = (pgm) => pgm.sql('select 1');", ["up: select 1;"]],
    [
      "its own name, constants and other functions",
      "'use strict';\nconst a = { up: 1 };\nexports.up = function up(pgm) { pgm.sql('select 1'); };\nfunction b() { return a.up; }",
      ["up: select 1;"],
    ],
  ])("%s", async (_, text, told) => {
    const found = await read({ "1_a.ts": text });
    expect(found.told.map((line) => line.replace(/^1_a.ts /, "").replace(/ +$/, ""))).toEqual(told);
  });

  const UP = "exports.up = (pgm) => pgm.sql('select 1');";
  const ESM = "export const up = (pgm) => pgm.sql('select 1');";
  it.each<[string, string]>([
    ["a getter", "module.exports = { get up() { return f; } };"],
    ["a setter", "module.exports = { set up(pgm) { pgm.sql('select 1'); } };"],
    ["a spread", "module.exports = { up: (pgm) => pgm.sql('select 1'), ...others };"],
    ["a computed key", "module.exports = { up: (pgm) => pgm.sql('select 1'), [name]: f };"],
    ["a prototype", "module.exports = { up: (pgm) => pgm.sql('select 1'), __proto__: others };"],
    ["another one later", `${UP} exports.up = (pgm) => pgm.dropTable('t');`],
    ["another one under a condition", `${UP} if (process.env.X) exports.up = f;`],
    ["another one by a function", `${UP} patch(); function patch() { exports.up = f; }`],
    ["another one by assign", `${UP} Object.assign(exports, others);`],
    ["another one by this", `${UP} this.up = f;`],
    ["another one by two names", `${UP} exports.a = exports.up = f;`],
    ["both ways at once", "exports.up = exports.down = (pgm) => pgm.sql('select 1');"],
    ["a variable that is assigned later", "export let up = (pgm) => pgm.sql('select 1'); up = f;"],
    ["an alias", "const a = (pgm) => pgm.sql('select 1'); export { a as up };"],
    ["an alias of the way back", `${ESM} export { f as down };`],
    ["all of another module", `${ESM} export * from './a';`],
    ["a pattern", "export const up = (pgm) => pgm.sql('select 1'), { down } = others;"],
    [
      "exports that were replaced",
      `exports.down = (pgm) => pgm.sql('select 2'); module.exports = { up: (pgm) => pgm.sql('select 1') };`,
    ],
    ["exports of another object", `var exports = {}; ${UP}`],
    ["a transaction that is computed", `exports.config = { transaction: !true }; ${UP}`],
    ["a transaction that is changed later", `exports.config = {}; exports.config.transaction = false; ${UP}`],
  ])("is not told by what may not be what is exported: %s", async (_, text) => {
    expect((await read({ "1_a.js": text })).told).toEqual(["1_a.js up: js"]);
  });

  it("is not run from here: its own tool keeps its own record of it", async () => {
    const folder = folderOf({ "1_a.js": "exports.up = (pgm) => { pgm.sql('select 1'); };" });
    expect((await readForeign(folder, null))?.problems).toMatchObject([{ code: "migration-code" }]);
  });
});
