import { appendFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { testRun } from "../../test/migration-run.ts";
import { query, testPostgres } from "../../test/postgres.ts";
import { systemClock } from "../io/clock.ts";
import { appliedMigrations, migrationsDone } from "./applied-migrations.ts";
import { applyMigrations } from "./apply-migrations.ts";
import { revertMigrations } from "./revert-migrations.ts";

const postgres = testPostgres();

const USERS = ["create table users (id int primary key, email text unique)", "drop table users"] as const;
const PHONE = ["alter table users add column phone text", "alter table users drop column phone"] as const;

const tables = async (url: string): Promise<string[]> =>
  (
    await query<{ name: string }>(
      url,
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') order by 1",
    )
  )
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("sampan_"));

async function holding(url: string, sql: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: "a reader" });
  client.on("error", () => undefined);
  await client.connect();
  await client.query("begin");
  await client.query(sql);
  return client;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemClock.sleep(5);
}

describe("in a transaction", () => {
  test("applies each file once, with its record, and takes them back newest first", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "0001_users": USERS, "0002_phone": PHONE });
    expect(await appliedMigrations(url)).toEqual([]);
    expect(await applyMigrations(run)).toEqual({ changed: ["0001_users", "0002_phone"], already: [] });
    expect(await applyMigrations(run)).toEqual({ changed: [], already: ["0001_users", "0002_phone"] });
    expect(await appliedMigrations(url)).toEqual(run.files.map((file) => ({ ...file, release: "r1" })));
    expect(await tables(url)).toEqual(["users", "users_email_key", "users_pkey"]);

    const [first, second] = run.files;
    if (first === undefined || second === undefined) throw new Error("two files");
    await expect(revertMigrations({ ...run, files: [first] })).rejects.toMatchObject({ code: "migration-beneath" });
    expect(await revertMigrations(run)).toEqual({ changed: ["0002_phone", "0001_users"], already: [] });
    expect(await revertMigrations(run)).toEqual({ changed: [], already: ["0002_phone", "0001_users"] });
    expect(await tables(url)).toEqual([]);
    expect(await appliedMigrations(url)).toEqual([]);
  });

  test("a file that fails half way leaves nothing, says where, and keeps rows and the URL out of its words", async () => {
    const url = await postgres.database();
    const run = await testRun(url, {
      "0001_users": USERS,
      "0002_bad": [
        "-- é\ninsert into users values (1, 'a@secret.example');\n\n  alter table users\n    add column é int, drop column nosuch;",
        "select 1",
      ],
      "0003_never": ["create table never ()", "drop table never"],
    });
    const fault = await applyMigrations(run).then(
      () => null,
      (error: { code: string; message: string; evidence: string; retry: string }) => error,
    );
    expect(fault).toMatchObject({ code: "migration-failed", retry: "never" });
    // PostgreSQL gives no position for this one: the statement's own place is named.
    expect(fault?.message).toMatch(/^migrations\/0002_bad\.up\.sql:4:3: column "nosuch".*\(42703\)$/);
    expect(fault?.evidence).toContain("statement 2 of 2");
    expect(fault?.evidence).toContain("nothing of it was applied");
    expect((await appliedMigrations(url)).map(({ name }) => name)).toEqual(["0001_users"]);
    expect(await query(url, "select * from users")).toEqual([]);

    const wrongColumn = await testRun(url, {
      "0004_position": ["select 1;\nselect 'é😀',\n  nosuch from users;", "select 1"],
    });
    await expect(applyMigrations(wrongColumn)).rejects.toMatchObject({
      message: expect.stringMatching(/^migrations\/0004_position\.up\.sql:3:3: /),
    });
    const twice = await testRun(url, {
      "0005_twice": ["insert into users values (1, 'a@secret.example'), (2, 'a@secret.example')", "select 1"],
    });
    const unique = await applyMigrations(twice).catch((error: unknown) => error as Error & { evidence: string });
    expect(JSON.stringify(unique)).not.toContain("secret.example");
    expect(JSON.stringify([unique, run.lines, fault])).not.toContain("test%20only");
  });

  test("a deferred constraint that fails at COMMIT leaves nothing either", async () => {
    const url = await postgres.database();
    const run = await testRun(url, {
      "1_a": [
        "create table a (id int primary key); create table b (a int references a deferrable initially deferred); insert into b values (7)",
        "drop table b; drop table a",
      ],
    });
    await expect(applyMigrations(run)).rejects.toMatchObject({ code: "migration-failed" });
    expect(await tables(url)).toEqual([]);
  });

  test("what a file does to its session does not reach the record or the next file", async () => {
    const url = await postgres.database();
    await query(url, "create role other; create schema elsewhere");
    const run = await testRun(url, {
      "1_role": ["set role other; select set_config('search_path', 'elsewhere', false)", "select 1"],
      "2_table": ["create table here ()", "drop table here"],
    });
    await applyMigrations(run);
    expect(await tables(url)).toEqual(["here"]);
  });

  test("a file that is not the planned one is refused before anything is touched", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_users": USERS });
    appendFileSync(join(run.folder, "1_users.up.sql"), "; select 2");
    await expect(applyMigrations(run)).rejects.toMatchObject({ code: "migration-changed" });
    expect(await tables(url)).toEqual([]);
  });

  test("an applied file with another content is refused by the record", async () => {
    const url = await postgres.database();
    await applyMigrations(await testRun(url, { "1_users": USERS }));
    const edited = await testRun(url, { "1_users": ["create table users (id bigint)", "drop table users"] });
    await expect(applyMigrations(edited)).rejects.toMatchObject({ code: "migration-edited" });
    await expect(revertMigrations(edited)).rejects.toMatchObject({ code: "migration-edited" });
  });

  test("an irreversible one keeps everything from being reverted", async () => {
    const url = await postgres.database();
    const run = await testRun(url, {
      "1_users": ["-- sampan: irreversible because it is the first\ncreate table users ()", null],
      "2_x": ["create table x ()", "drop table x"],
    });
    await applyMigrations(run);
    await expect(revertMigrations(run)).rejects.toMatchObject({
      code: "migration-irreversible",
      message: expect.stringContaining("it is the first"),
    });
    expect(await tables(url)).toEqual(["users", "x"]);
  });
});

describe("against others", () => {
  test("an older fence is refused by the database, in both directions", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_users": USERS, "2_phone": PHONE }, { fence: 7 });
    await applyMigrations({ ...run, files: run.files.slice(0, 1) });
    const stale = { ...run, fence: 6 };
    await expect(applyMigrations(stale)).rejects.toMatchObject({ code: "stale-fence" });
    await expect(revertMigrations({ ...stale, files: run.files.slice(0, 1) })).rejects.toMatchObject({
      code: "stale-fence",
    });
    expect(await applyMigrations({ ...run, fence: 8 })).toMatchObject({ changed: ["2_phone"] });
    // Another environment counts for itself.
    expect(await applyMigrations({ ...run, fence: 1, environment: "production" })).toMatchObject({ changed: [] });
  });

  test("two runners at once apply everything once", async () => {
    const url = await postgres.database();
    const run = await testRun(url, {
      "1_ledger": ["create table ledger (n int)", "drop table ledger"],
      "2_one": ["insert into ledger values (1); select pg_sleep(0.1)", "select 1"],
      "3_two": ["insert into ledger values (2)", "select 1"],
    });
    const outcomes = await Promise.all([applyMigrations(run), applyMigrations(run), applyMigrations(run)]);
    expect(outcomes.flatMap(({ changed }) => changed).sort()).toEqual(["1_ledger", "2_one", "3_two"]);
    expect(await query(url, "select n from ledger order by n")).toEqual([{ n: 1 }, { n: 2 }]);
    expect(run.lines.some((line) => /waiting for pid \d+ \(sampan r1/.test(line))).toBe(true);
  });

  test("two services in schemas of their own do not wait for each other", async () => {
    const url = await postgres.database();
    await query(url, "create schema one; create schema two");
    const at = (schema: string) => `${url}?options=-c%20search_path%3D${schema}`;
    const slow = await testRun(at("one"), { "1_t": ["create table t (); select pg_sleep(1.5)", "drop table t"] });
    const quick = await testRun(at("two"), { "1_t": ["create table t ()", "drop table t"] }, { lockTimeout: 200 });
    const slowly = applyMigrations(slow);
    const sleeping = "select from pg_stat_activity where query = 'select pg_sleep(1.5)' and state = 'active'";
    await until(async () => (await query(url, sleeping)).length === 1);
    await applyMigrations(quick);
    expect(await appliedMigrations(at("one"))).toEqual([]);
    expect(await appliedMigrations(at("two"))).toHaveLength(1);
    await slowly;
  });

  test("whoever holds the turn too long is named", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_t": ["create table t ()", "drop table t"] }, { lockTimeout: 100 });
    const client = await holding(url, "select pg_advisory_lock(hashtextextended('sampan migrations of public', 0))");
    await expect(applyMigrations(run)).rejects.toMatchObject({
      code: "migration-locked",
      retry: "safe",
      evidence: expect.stringMatching(/pid \d+ \(a reader, connected since /),
    });
    await client.end();
  });

  test("a reader in the way is waited for in small pieces, and others read meanwhile", async () => {
    const url = await postgres.database();
    await applyMigrations(await testRun(url, { "1_users": USERS }));
    const reader = await holding(url, "select * from users where email = 'hidden'");
    const run = await testRun(url, { "1_users": USERS, "2_phone": PHONE });
    const applying = applyMigrations(run);
    await until(() => run.lines.some((line) => line.includes("in the way: pid")));
    // A migration that waited in one piece would keep this from ever being answered.
    await query(url, "select * from users");
    await reader.query("commit");
    await reader.end();
    expect(await applying).toMatchObject({ changed: ["2_phone"] });
    expect(run.lines.join("\n")).toMatch(
      /in the way: pid \d+ a reader \(idle in transaction\): select \* from users where email = \$1/,
    );
    expect(run.lines.join("\n")).not.toContain("hidden");
  });

  test("a reader that never goes away is named in the fault, and nothing is left behind", async () => {
    const url = await postgres.database();
    await applyMigrations(await testRun(url, { "1_users": USERS }));
    const reader = await holding(url, "select * from users");
    const run = await testRun(
      url,
      { "1_users": USERS, "2_phone": ["create table half (); alter table users add phone text", "select 1"] },
      { lockTimeout: 300 },
    );
    await expect(applyMigrations(run)).rejects.toMatchObject({
      code: "migration-lock-timeout",
      retry: "safe",
      message: expect.stringMatching(/in the way: pid \d+ a reader/),
    });
    expect(await tables(url)).not.toContain("half");
    await reader.end();
  });

  test("an abort stops the statement on the server too", async () => {
    const url = await postgres.database();
    const controller = new AbortController();
    const run = await testRun(
      url,
      { "1_t": ["create table t (); select pg_sleep(600)", "drop table t"] },
      { signal: controller.signal },
    );
    const applying = applyMigrations(run);
    applying.catch(() => undefined);
    const running = () =>
      query(url, "select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'");
    await until(async () => (await running()).length === 1);
    controller.abort(new Error("stopped by a person"));
    await expect(applying).rejects.toThrow("stopped by a person");
    await until(async () => (await running()).length === 0);
    expect(await tables(url)).toEqual([]);
  });
});

describe("outside a transaction", () => {
  const INDEX = [
    "-- sampan: no-transaction\ncreate unique index concurrently users_name on users (name);\ncreate index concurrently users_age on users (age);",
    "-- sampan: no-transaction\ndrop index concurrently users_age; drop index concurrently users_name;",
  ] as const;
  const TABLE = ["create table users (name text, age int)", "drop table users"] as const;

  test("makes and drops indexes", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_users": TABLE, "2_index": INDEX });
    await applyMigrations(run);
    expect(await tables(url)).toEqual(["users", "users_age", "users_name"]);
    expect(await applyMigrations(run)).toMatchObject({ changed: [] });
    await revertMigrations(run);
    expect(await tables(url)).toEqual([]);
  });

  test("a failed one is not applied, leaves no invalid index, and goes on once its cause is gone", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_users": TABLE, "2_index": INDEX });
    const [first] = run.files;
    if (first === undefined) throw new Error("files");
    await applyMigrations({ ...run, files: [first] });
    await query(url, "insert into users values ('a', 1), ('a', 2)");
    await expect(applyMigrations(run)).rejects.toMatchObject({
      code: "migration-failed",
      message: expect.stringMatching(/^migrations\/2_index\.up\.sql:2:1: .*\(23505\)$/),
      evidence: expect.stringContaining("the invalid index users_name was dropped"),
    });
    expect(await tables(url)).toEqual(["users"]);
    expect(await appliedMigrations(url)).toHaveLength(1);
    await query(url, "delete from users where age = 2");
    expect(await applyMigrations(run)).toMatchObject({ changed: ["2_index"] });
    expect(await query(url, "select from pg_index where not indisvalid")).toEqual([]);
  });

  test("an index left invalid, and one already made, are seen when it goes on", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_users": TABLE, "2_index": INDEX });
    await applyMigrations(run);
    // As a deployer killed after its first statement and a server killed during the second would leave it.
    await query(url, "update sampan_migrations set state = 'unfinished' where name = '2_index'");
    await query(url, "update pg_index set indisvalid = false where indexrelid = 'users_age'::regclass");
    expect((await appliedMigrations(url)).map(({ name }) => name)).toEqual(["1_users"]);
    expect(await applyMigrations(run)).toMatchObject({ changed: ["2_index"] });
    expect(run.lines.join("\n")).toContain("dropping the invalid index users_age");
    expect(await query(url, "select from pg_index where not indisvalid")).toEqual([]);
    expect(await tables(url)).toEqual(["users", "users_age", "users_name"]);
  });

  test("one that is half taken back is neither gone nor done, in either direction", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_users": TABLE, "2_index": INDEX });
    const done = async (direction: "up" | "down") => migrationsDone({ url, direction, files: run.files.slice(1) });
    expect([await done("up"), await done("down")]).toEqual([false, true]);
    await applyMigrations(run);
    expect([await done("up"), await done("down")]).toEqual([true, false]);
    await query(url, "update sampan_migrations set state = 'reverting' where name = '2_index'");
    await query(url, "drop index users_age");
    expect([await done("up"), await done("down")]).toEqual([false, false]);
    expect(await appliedMigrations(url)).toHaveLength(2);
    expect(await applyMigrations(run)).toMatchObject({ changed: ["2_index"] });
    expect(await tables(url)).toEqual(["users", "users_age", "users_name"]);
    await query(url, "update sampan_migrations set state = 'reverting' where name = '2_index'");
    await query(url, "drop index users_age");
    expect((await revertMigrations(run)).changed).toEqual(["2_index", "1_users"]);
  });

  test("an index of that name made by somebody else is not taken for ours", async () => {
    const url = await postgres.database();
    await query(url, "create table users (name text, age int); create index users_name on users (age)");
    const run = await testRun(url, { "2_index": INDEX });
    await expect(applyMigrations(run)).rejects.toMatchObject({ message: expect.stringContaining("42P07") });
  });

  test("an older fence is refused before the first statement", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_users": TABLE, "2_index": INDEX }, { fence: 3 });
    await applyMigrations({ ...run, files: run.files.slice(0, 1) });
    await expect(applyMigrations({ ...run, fence: 2 })).rejects.toMatchObject({ code: "stale-fence" });
    expect(await tables(url)).toEqual(["users"]);
  });
});

describe("a database that cannot be used", () => {
  test.each([
    ["no URL at all", () => "staging", "database-url", "never"],
    ["nobody listens", () => "postgres://u:hidden@127.0.0.1:1/x", "database-unreachable", "safe"],
    [
      "wrong password",
      () => postgres.server().adminUrl("postgres").replace("test%20only", "hidden"),
      "database-refused",
      "never",
    ],
    ["no such database", () => postgres.server().adminUrl("nosuch"), "database-refused", "never"],
    [
      "no schema",
      () => `${postgres.server().adminUrl("postgres")}?options=-c%20search_path%3Dnosuch`,
      "migration-schema",
      "never",
    ],
  ])("%s", async (_, url, code, retry) => {
    const run = await testRun(url(), { "1_users": USERS });
    const fault = await applyMigrations(run).catch((error: unknown) => error as Error);
    expect(fault).toMatchObject({ code, retry });
    expect(JSON.stringify([fault, (fault as Error).message])).not.toContain("hidden");
  });
});

describe("data that would be lost", () => {
  test("keeps a migration from being taken back until it is named, counted under its lock", async () => {
    const url = await postgres.database();
    const run = await testRun(url, { "1_users": USERS, "2_phone": PHONE });
    await applyMigrations(run);
    await query(url, "insert into users values (1, 'a', '1'), (2, 'b', null)");
    const last = { ...run, files: run.files.slice(1) };
    const refused = {
      code: "migration-loses-data",
      message: expect.stringContaining("public.users, column phone: 1 value"),
    };
    await expect(revertMigrations(last)).rejects.toMatchObject(refused);
    await expect(revertMigrations({ ...last, confirmed: ["orders"] })).rejects.toMatchObject(refused);
    expect(await appliedMigrations(url)).toHaveLength(2);
    expect(await revertMigrations({ ...last, confirmed: ["users"] })).toMatchObject({ changed: ["2_phone"] });
    await expect(revertMigrations(run)).rejects.toMatchObject({
      message: expect.stringContaining("public.users, 2 rows"),
    });
    await query(url, "delete from users");
    expect(await revertMigrations(run)).toMatchObject({ changed: ["1_users"] });
  });

  test("a migration that waited is the newest, whatever its number", async () => {
    const url = await postgres.database();
    const run = await testRun(url, {
      "1_users": USERS,
      "2_phone": PHONE,
      "3_x": ["create table x ()", "drop table x"],
    });
    const [first, second, third] = run.files;
    if (first === undefined || second === undefined || third === undefined) throw new Error("three files");
    await applyMigrations({ ...run, files: [first, third] });
    await applyMigrations({ ...run, files: [second] });
    expect((await appliedMigrations(url)).map(({ name }) => name)).toEqual(["1_users", "3_x", "2_phone"]);
    await expect(revertMigrations({ ...run, files: [third] })).rejects.toMatchObject({ code: "migration-beneath" });
    expect(await revertMigrations({ ...run, files: [second] })).toMatchObject({ changed: ["2_phone"] });
    expect(await revertMigrations(run)).toMatchObject({ changed: ["3_x", "1_users"], already: ["2_phone"] });
  });
});
