import pg from "pg";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/io/clock.ts";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import { testRun } from "../migration-run.ts";
import { query, testPostgres } from "../postgres.ts";
import { BOUND, bystander } from "./bystander.ts";
import { deployer } from "./deployer.ts";

const postgres = testPostgres();

const until = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await systemClock.sleep(5);
};

const active = async (url: string, pattern: string): Promise<boolean> =>
  (
    await query(url, "select from pg_stat_activity where state = 'active' and query ~ $1 and pid <> pg_backend_pid()", [
      pattern,
    ])
  ).length > 0;

async function busy(): Promise<string> {
  const url = await postgres.database();
  await query(url, "create table busy (id int); insert into busy values (1)");
  return url;
}

const ALTERED = ["alter table busy add column x int; select pg_sleep(0.2)", "alter table busy drop column x"] as const;

describe("a deployer that is stopped", () => {
  test("in the middle of a migration keeps nobody waiting; another goes on, and it finds that out when it wakes", async () => {
    const url = await busy();
    const run = await testRun(url, { "1_x": ALTERED }, { fence: 1 });
    const watching = await bystander(url);
    const sleeper = deployer(run);
    await until(() => active(url, "^\\s*select pg_sleep\\(0\\.2\\)"));
    sleeper.child.kill("SIGSTOP");
    const next = await testRun(url, { "1_x": ALTERED }, { fence: 2, release: "r2" });
    const outcome = await applyMigrations(next);
    expect(outcome.changed).toEqual(["1_x"]);
    sleeper.child.kill("SIGCONT");
    expect(await sleeper.ended).toMatchObject({ code: "migration-interrupted", retry: "safe" });
    const { longest, done } = await watching.stop();
    expect(done).toBeGreaterThan(10);
    expect(longest).toBeLessThan(BOUND + 200);
    // Asked again, the database refuses it: a newer deployer was there.
    const again = await deployer(run).ended;
    expect(again?.changed ?? again?.code).toEqual("stale-fence");
    expect(await query(url, "select release from sampan_migrations")).toEqual([{ release: "r2" }]);
  });
});

describe("a deployer that is killed", () => {
  test("while it makes an index leaves one that the next drops and makes anew", async () => {
    const url = await busy();
    await query(url, "insert into busy select g from generate_series(1, 2000) g");
    const index = "-- sampan: no-transaction\ncreate index concurrently busy_id on busy (id)";
    const run = await testRun(url, {
      "1_index": [index, "-- sampan: no-transaction\ndrop index concurrently busy_id"],
    });
    // An old transaction keeps the building from its end.
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query("begin isolation level repeatable read; select from busy");
    const killed = deployer(run);
    await until(() => active(url, "create index concurrently"));
    await until(async () => (await query(url, "select from pg_index where not indisvalid")).length === 1);
    killed.child.kill("SIGKILL");
    await killed.ended;
    // The server notices within a second that nobody is there any more.
    await until(async () => !(await active(url, "create index concurrently")));
    expect(await query(url, "select from pg_index where not indisvalid")).toHaveLength(1);
    await reader.query("commit");
    await reader.end();
    expect((await applyMigrations(run)).changed).toEqual(["1_index"]);
    expect(run.lines.join("\n")).toContain("dropping the invalid index busy_id");
    expect(await query(url, "select indisvalid from pg_index where indexrelid = 'busy_id'::regclass")).toEqual([
      { indisvalid: true },
    ]);
  });

  test("in the middle of a statement loses its locks and its turn at once", async () => {
    const url = await busy();
    const run = await testRun(url, { "1_x": ["alter table busy add column x int; select pg_sleep(20)", "select 1"] });
    const killed = deployer(run);
    await until(() => active(url, "^\\s*select pg_sleep\\(20\\)"));
    killed.child.kill("SIGKILL");
    const began = systemClock.monotonic();
    await query(url, "select * from busy");
    expect(systemClock.monotonic() - began).toBeLessThan(2 * BOUND);
    const next = await testRun(url, { "1_x": ALTERED });
    expect((await applyMigrations(next)).changed).toEqual(["1_x"]);
  });
});

describe("others in the way", () => {
  test("a deadlock is given way to, and gone through again", async () => {
    const url = await busy();
    await query(url, "create table other (id int); insert into other values (1)");
    const run = await testRun(url, {
      "1_both": [
        "lock table busy; select pg_sleep(0.1); alter table other add column x int; insert into busy values (9)",
        "select 1",
      ],
    });
    const rival = new pg.Client({ connectionString: url });
    await rival.connect();
    await rival.query("begin; update other set id = 2");
    const applying = applyMigrations(run);
    await until(() => active(url, "pg_sleep"));
    // Each now holds what the other wants.
    await rival.query("set local lock_timeout = '5s'; update busy set id = 3").catch(() => undefined);
    await rival.query("commit");
    await rival.end();
    expect((await applying).changed).toEqual(["1_both"]);
    expect(run.lines.join("\n")).toMatch(/1_both gives way: .*\((55P03|40P01)\)/);
    expect(await query(url, "select count(*)::int from busy where id = 9")).toEqual([{ count: 1 }]);
  });

  test("a transaction that somebody forgot is named, and nobody else waits for it", async () => {
    const url = await busy();
    const idle = new pg.Client({ connectionString: url, application_name: "forgotten" });
    await idle.connect();
    await idle.query("begin; select * from busy");
    const watching = await bystander(url);
    const run = await testRun(url, { "1_x": ALTERED }, { lockTimeout: 1_500 });
    await expect(applyMigrations(run)).rejects.toMatchObject({
      code: "migration-lock-timeout",
      retry: "safe",
      message: expect.stringContaining("forgotten (idle in transaction)"),
    });
    expect((await watching.stop()).longest).toBeLessThan(BOUND);
    await idle.query("commit");
    await idle.end();
    expect((await applyMigrations(run)).changed).toEqual(["1_x"]);
  });
});
