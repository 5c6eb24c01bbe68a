import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readMigrations } from "./read-migrations.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "sampan-migrations-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const problemsOf = async (files: Readonly<Record<string, string | Uint8Array>>) =>
  (await readMigrations(folderOf(files))).problems.map(({ code, line, column }) => ({ code, line, column }));

const DOWN = "drop table t;";

test("reads pairs in order of their numbers, whatever gaps they have", async () => {
  const { migrations, problems } = await readMigrations(
    folderOf({
      "0010_later.up.sql": "create table later ();",
      "0010_later.down.sql": "drop table later;",
      "0002_first.up.sql": "create table first ();\n\n-- why\ncreate index on first (a);",
      "0002_first.down.sql": "drop table first;",
      "README.md": "x",
      ".gitkeep": "",
    }),
  );
  expect(problems).toEqual([]);
  expect(migrations.map(({ name, number }) => [name, number])).toEqual([
    ["0002_first", 2],
    ["0010_later", 10],
  ]);
  expect(migrations[0]?.up.statements.map(({ text }) => text)).toEqual([
    "create table first ()",
    "create index on first (a)",
  ]);
  expect(migrations[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test("a byte order mark and the line ends of another system are no edit", async () => {
  const sql = "create table t ();\n-- é\nselect 1;\n";
  const hashes = await Promise.all(
    [sql, `\uFEFF${sql}`, sql.replaceAll("\n", "\r\n")].map(async (text) => {
      const read = await readMigrations(folderOf({ "1_t.up.sql": text, "1_t.down.sql": DOWN }));
      expect(read.problems).toEqual([]);
      return read.migrations[0]?.sha256;
    }),
  );
  expect(new Set(hashes).size).toBe(1);
});

test("semicolons inside strings, bodies and comments do not split", async () => {
  const text = `create function f() returns int language sql begin atomic select 1; select 2; end;
do $x$ begin perform 1; end $x$; /* ; /* ; */ */ insert into t values (';', E'\\';', $$;$$);`;
  const { migrations, problems } = await readMigrations(folderOf({ "1_t.up.sql": text, "1_t.down.sql": DOWN }));
  expect(problems).toEqual([]);
  expect(migrations[0]?.up.statements).toHaveLength(3);
});

test("says what stands in the way, with its place", async () => {
  expect(
    await problemsOf({
      "1_t.up.sql": "select 1",
      "01_u.up.sql": "select 1",
      "1_t.down.sql": DOWN,
      "01_u.down.sql": DOWN,
    }),
  ).toEqual([{ code: "migration-duplicate", line: null, column: null }]);
  expect(await problemsOf({ "1_t.up.sql": "select 1" })).toEqual([
    { code: "migration-no-down", line: null, column: null },
  ]);
  expect(await problemsOf({ "1_t.down.sql": DOWN })).toEqual([{ code: "migration-no-up", line: null, column: null }]);
  expect(await problemsOf({ "1_t.sql": DOWN })).toEqual([{ code: "migration-stray", line: null, column: null }]);
  expect(await problemsOf({ "1_t.up.sql": "-- nothing\n", "1_t.down.sql": DOWN })).toEqual([
    { code: "migration-empty", line: 1, column: 1 },
  ]);
  expect(await problemsOf({ "1_t.up.sql": new Uint8Array([0x2d, 0xff]), "1_t.down.sql": DOWN })).toEqual([
    { code: "migration-not-utf8", line: null, column: null },
  ]);
  expect(await problemsOf({ "1_t.up.sql": "select 1;\n  selec 2;", "1_t.down.sql": DOWN })).toEqual([
    { code: "migration-syntax", line: 2, column: 3 },
  ]);
  expect(await problemsOf({ "1_t.up.sql": "select 'é😀';\nbegin;\nselect 1;  commit;", "1_t.down.sql": DOWN })).toEqual(
    [
      { code: "migration-transaction", line: 2, column: 1 },
      { code: "migration-transaction", line: 3, column: 12 },
    ],
  );
  expect(await problemsOf({ "1_t.up.sql": "create index concurrently i on t (a);", "1_t.down.sql": DOWN })).toEqual([
    { code: "migration-concurrently", line: 1, column: 1 },
  ]);
  expect(
    await problemsOf({
      "1_t.up.sql": "-- sampan: no-transaction\ncreate index concurrently i on t (a);\nupdate t set a = 1;",
      "1_t.down.sql": "-- sampan: no-transacton\ndrop table t;",
    }),
  ).toEqual([
    { code: "migration-no-transaction", line: 3, column: 1 },
    { code: "migration-directive", line: 1, column: 1 },
  ]);
  expect(await problemsOf({ "1_t.up.sql": "vacuum t; analyze t; copy t from stdin;", "1_t.down.sql": DOWN })).toEqual([
    { code: "migration-outside", line: 1, column: 1 },
    { code: "migration-copy", line: 1, column: 22 },
  ]);
});

test("an irreversible migration says why instead of a down file", async () => {
  const { migrations, problems } = await readMigrations(
    folderOf({ "1_t.up.sql": "-- sampan: irreversible because the column held test data only\ndrop table t;" }),
  );
  expect(problems).toEqual([]);
  expect(migrations[0]).toMatchObject({ down: null, irreversible: "the column held test data only" });
});

test("a file too large to read, a folder in the place of a file and a missing folder are problems", async () => {
  const folder = folderOf({ "1_t.up.sql": "select 1", "1_t.down.sql": DOWN });
  truncateSync(join(folder, "1_t.up.sql"), 2 * 1024 * 1024 + 1);
  mkdirSync(join(folder, "2_u.up.sql"));
  expect((await readMigrations(folder)).problems.map(({ code }) => code)).toEqual([
    "migration-stray",
    "migration-too-large",
  ]);
  expect((await readMigrations(join(folder, "gone"))).problems.map(({ code }) => code)).toEqual(["migrations-missing"]);
});

test("a folder is read by the way that it is said to be written in, and what is written in another is refused", async () => {
  const folder = folderOf({
    "0001_users.sql": "create table users ();",
    "0002_posts.sql": "-- migrate:up\ncreate table posts ();\n-- migrate:down\ndrop table posts;",
    "0003_tags.sql": "-- +goose Up\ncreate table tags ();\n-- +goose Down\ndrop table tags;",
  });
  const unclear = await readMigrations(folder);
  expect(unclear.problems.map(({ code }) => code)).toContain("migration-format-unclear");
  expect(unclear.problems[0]?.message).toContain("the files look like those of dbmate and goose");
  const said = await readMigrations(folder, { format: "dbmate" });
  expect(said.problems).toMatchObject([{ code: "migration-format", file: join(folder, "0003_tags.sql") }]);
  rmSync(join(folder, "0003_tags.sql"));
  expect(await readMigrations(folder, { format: "dbmate" })).toMatchObject({
    migrations: [{ name: "0001_users", down: null }, { name: "0002_posts" }],
    problems: [],
  });
  // Whose files nobody can tell are read only where it is said that they are meant.
  const plain = folderOf({ "0001_users.sql": "create table users ();" });
  expect((await readMigrations(plain)).problems).toMatchObject([{ code: "migration-stray" }]);
  expect(await readMigrations(plain, { format: "sql" })).toMatchObject({
    migrations: [{ name: "0001_users", irreversible: "sql has no file for the way down" }],
    problems: [],
  });
  // Pairs are whose they are said to be: others leave out the way back without a word.
  const pairs = folderOf({ "0001_users.up.sql": "create table users ();" });
  expect((await readMigrations(pairs)).problems).toMatchObject([{ code: "migration-no-down" }]);
  expect(await readMigrations(pairs, { format: "golang-migrate" })).toMatchObject({
    migrations: [{ name: "0001_users" }],
    problems: [],
  });
  expect((await readMigrations(pairs, { format: "prisma" })).problems).toMatchObject([{ code: "migration-format" }]);
});
