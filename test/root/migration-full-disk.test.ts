import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { appliedMigrations } from "../../src/migrations/applied-migrations.ts";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import { testRun } from "../migration-run.ts";
import { query, testPostgres } from "../postgres.ts";

const postgres = testPostgres();
const mounted: string[] = [];
afterAll(() => {
  for (const folder of mounted) {
    execFileSync("umount", ["--lazy", folder]);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A tablespace of 16 MiB, and a table in it. */
async function smallSpace(url: string, name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sampan-small-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]);
  mounted.push(folder);
  chmodSync(folder, 0o755);
  const space = join(folder, "space");
  mkdirSync(space, { mode: 0o700 });
  const user = await serverUser();
  if (user !== null) chownSync(space, user.uid, user.gid);
  await query(url, `create tablespace ${name} location '${space}'`);
}

describe("a disk that fills up", { timeout: 120_000 }, () => {
  test("in a transaction: nothing of it was applied, and once there is room all of it", async () => {
    const url = await postgres.database();
    await smallSpace(url, "small_one");
    const fill = "insert into big select g, repeat('x', 1000) from generate_series(1, (select n from many)) g";
    const run = await testRun(url, {
      "1_big": ["create table many (n int); insert into many values (100000)", "drop table many"],
      "2_fill": [`create table big (id int, t text) tablespace small_one; ${fill}`, "drop table big"],
    });
    await expect(applyMigrations(run)).rejects.toMatchObject({
      code: "migration-failed",
      message: expect.stringMatching(/53100/),
      evidence: expect.stringContaining("nothing of it was applied"),
    });
    expect((await appliedMigrations(url)).map(({ name }) => name)).toEqual(["1_big"]);
    expect(await query(url, "select to_regclass('big') as made")).toEqual([{ made: null }]);
    await query(url, "update many set n = 10");
    expect((await applyMigrations(run)).changed).toEqual(["2_fill"]);
    expect(await query(url, "select count(*)::int from big")).toEqual([{ count: 10 }]);
  });

  test("while an index is made: no invalid one stays, and once there is room it is made", async () => {
    const url = await postgres.database();
    await smallSpace(url, "small_two");
    await query(
      url,
      "create table big (id int, t text); insert into big select g, md5(g::text) from generate_series(1, 300000) g",
    );
    const index = "-- sampan: no-transaction\ncreate index concurrently big_t on big (t, id) tablespace small_two";
    const run = await testRun(url, { "1_index": [index, "-- sampan: no-transaction\ndrop index concurrently big_t"] });
    await expect(applyMigrations(run)).rejects.toMatchObject({ message: expect.stringMatching(/53100/) });
    expect(await query(url, "select from pg_index where not indisvalid")).toEqual([]);
    await query(url, "delete from big where id > 1000");
    await query(url, "vacuum big");
    expect((await applyMigrations(run)).changed).toEqual(["1_index"]);
  });

  test("in a batch: those before it stay, and it goes on there", async () => {
    const url = await postgres.database();
    await smallSpace(url, "small_three");
    await query(url, "create table rows (id int primary key, done int not null default 0)");
    await query(url, "insert into rows select g from generate_series(1, 40) g");
    await query(url, "create table big (id int, t text) tablespace small_three");
    const sql = `-- sampan: batches of 10 by rows.id
insert into big select id, repeat('x', 1500) from rows, generate_series(1, 500) where id between :from and :to;
update rows set done = done + 1 where id between :from and :to`;
    const run = await testRun(url, { "1_fill": [sql, null] });
    await expect(applyMigrations(run)).rejects.toMatchObject({ message: expect.stringMatching(/53100/) });
    const [stopped] = await query<{ count: number }>(url, "select count(*)::int from rows where done = 1");
    expect(stopped?.count).toBeGreaterThan(0);
    expect(stopped?.count).toBeLessThan(40);
    await query(url, "drop table big; create table big (id int, t text)");
    expect((await applyMigrations(run)).changed).toEqual(["1_fill"]);
    expect(await query(url, "select done, count(*)::int from rows group by done")).toEqual([{ done: 1, count: 40 }]);
  });
});
