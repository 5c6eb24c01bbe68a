import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testRun } from "../../test/migration-run.ts";
import { query, testPostgres } from "../../test/postgres.ts";
import { systemClock } from "../io/clock.ts";
import { appliedMigrations } from "./applied-migrations.ts";
import { applyMigrations } from "./apply-migrations.ts";
import { revertMigrations } from "./revert-migrations.ts";
import { nextSize } from "./run-batches.ts";

const postgres = testPostgres();

const TABLE = ["create table users (id int primary key, n int not null default 0)", "drop table users"] as const;
const FILL = "-- sampan: batches of 10 by users.id\nupdate users set n = n + 1 where id between :from and :to";

async function filled(count: number, sql: string = FILL) {
  const url = await postgres.database();
  const run = await testRun(url, { "1_users": TABLE, "2_fill": [sql, null] });
  await applyMigrations({ ...run, files: run.files.slice(0, 1) });
  await query(url, "insert into users (id) select g * 3 from generate_series(1, $1) g", [count]);
  return { url, run };
}

const counts = async (url: string) => query(url, "select n, count(*)::int as rows from users group by n order by n");

describe("a data migration", () => {
  test("goes through every row once, and is done with its record", async () => {
    const { url, run } = await filled(95);
    expect(await applyMigrations(run)).toEqual({ changed: ["2_fill"], already: ["1_users"] });
    expect(await counts(url)).toEqual([{ n: 1, rows: 95 }]);
    expect(await query(url, "select position, batches::int, rows::int from sampan_batches")).toEqual([
      { position: "285", batches: 10, rows: 95 },
    ]);
    expect(await applyMigrations(run)).toMatchObject({ changed: [] });
    expect((await appliedMigrations(url)).at(-1)).toMatchObject({ name: "2_fill", phase: "data" });
    expect(await revertMigrations({ ...run, confirmed: ["users"] })).toMatchObject({ changed: ["2_fill", "1_users"] });
  });

  test("an empty table is done at once", async () => {
    const { url, run } = await filled(0);
    expect(await applyMigrations(run)).toMatchObject({ changed: ["2_fill"] });
    expect(await counts(url)).toEqual([]);
  });

  test("cut off anywhere, it goes on after the last batch", async () => {
    const { url, run } = await filled(200);
    for (let cuts = 0; cuts < 6; cuts += 1) {
      const controller = new AbortController();
      const applying = applyMigrations({ ...run, signal: controller.signal });
      applying.catch(() => undefined);
      await systemClock.sleep(5 + 10 * cuts);
      controller.abort(new Error("stopped by a person"));
      await applying.catch(() => undefined);
    }
    await applyMigrations(run);
    expect(await counts(url)).toEqual([{ n: 1, rows: 200 }]);
  });

  test("one that failed may be corrected, and goes on where it stopped", async () => {
    const { url, run } = await filled(40, FILL.replace("n + 1", "1 / (id - 75)"));
    await expect(applyMigrations(run)).rejects.toMatchObject({
      message: expect.stringMatching(/2_fill\.data\.sql:2:1: division by zero/),
      evidence: expect.stringContaining("the batches before this one stay"),
    });
    expect((await appliedMigrations(url)).map(({ name }) => name)).toEqual(["1_users"]);
    const corrected = await testRun(url, { "1_users": TABLE, "2_fill": [FILL.replace("n + 1", "7"), null] });
    await applyMigrations(corrected);
    expect(await counts(url)).toEqual([
      { n: 0, rows: 20 },
      { n: 7, rows: 20 },
    ]);
    const edited = await testRun(url, { "1_users": TABLE, "2_fill": [FILL, null] });
    await expect(applyMigrations(edited)).rejects.toMatchObject({ code: "migration-edited" });
  });

  test.each([
    ["a key that may be null", "users.n2", "may be null"],
    ["a key without an index", "users.n", "has no index"],
    ["no such key", "users.nosuch", "there is no"],
  ])("%s is refused before the first row", async (_, key, message) => {
    const column = key.split(".")[1] ?? "";
    const { url, run } = await filled(
      5,
      `-- sampan: batches of 10 by ${key}\nupdate users set n = n + 1 where ${column} between :from and :to`,
    );
    await query(url, "alter table users add column n2 int");
    await expect(applyMigrations(run)).rejects.toMatchObject({
      code: "batches-key",
      message: expect.stringContaining(message),
    });
    expect(await counts(url)).toEqual([{ n: 0, rows: 5 }]);
  });

  test.each([
    ["uuid", "gen_random_uuid()"],
    ["text", "md5(g::text)"],
    ["timestamptz", "now() + g * interval '1 ms'"],
    ["bigint", "g * 10000000000"],
  ])("goes by a key of type %s", async (type, value) => {
    const url = await postgres.database();
    const sql = "-- sampan: batches of 7 by things.k\nupdate things set n = n + 1 where k between :from and :to";
    const run = await testRun(url, { "1_fill": [sql, null] });
    await query(url, `create table things (k ${type} primary key, n int not null default 0)`);
    await query(url, `insert into things (k) select ${value} from generate_series(1, 50) g`);
    await applyMigrations(run);
    expect(await query(url, "select n, count(*)::int from things group by n")).toEqual([{ n: 1, count: 50 }]);
  });
});

test("batches shrink when they take long and grow back, within what is declared", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.array(fc.integer({ min: 0, max: 5_000 })), (most, times) => {
      let size = most;
      for (const took of times) {
        const next = nextSize({ size, took, most });
        expect(next).toBeGreaterThanOrEqual(1);
        expect(next).toBeLessThanOrEqual(most);
        if (took > 1_000) expect(next).toBeLessThanOrEqual(size);
        size = next;
      }
    }),
  );
});
