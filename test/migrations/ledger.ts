import { expect } from "vitest";
import type { StepFault } from "../../src/fault.ts";
import { appliedMigrations } from "../../src/migrations/applied-migrations.ts";
import type { MigrationRun } from "../../src/migrations/migration-run.ts";
import { query } from "../postgres.ts";

/** Migrations that leave a trace of each time that they run: twice or by half, and the ledger shows it. */
export const LEDGER = {
  "0001_ledger": ["create table ledger (n int, at timestamptz default now())", "drop table ledger"],
  "0002_one": [
    "insert into ledger values (1); alter table busy add column one int; create table one ()",
    "drop table one; alter table busy drop column one; delete from ledger where n = 1",
  ],
  "0003_index": [
    "-- sampan: no-transaction\ncreate index concurrently ledger_n on ledger (n);\ncreate index concurrently ledger_at on ledger (at);",
    "-- sampan: no-transaction\ndrop index concurrently ledger_at; drop index concurrently ledger_n;",
  ],
  "0004_filled": [
    "-- sampan: batches of 20 by rows.id\nupdate rows set n = n + 1 where id between :from and :to",
    "update rows set n = n - 1",
  ],
  "0005_three": ["insert into ledger values (3)", "delete from ledger where n = 3"],
} as const;

/** What the migrations meet: a table that others use all the time, and one with rows to fill. */
export const prepareGround = async (url: string): Promise<void> => {
  await query(url, "create table busy (id int); insert into busy values (1)");
  await query(url, "create table rows (id int primary key, n int not null default 0)");
  await query(url, "insert into rows (id) select g from generate_series(1, 50) g");
};

/** All of it once, or none of it; and no index that is of no use. */
export async function expectWhole(url: string, applied: boolean): Promise<void> {
  const tables = await query<{ name: string }>(
    url,
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname !~ '^(sampan_|busy|rows)' order by 1",
  );
  expect(tables.map(({ name }) => name)).toEqual(applied ? ["ledger", "one"] : []);
  expect(await appliedMigrations(url)).toHaveLength(applied ? Object.keys(LEDGER).length : 0);
  expect(await query(url, "select from pg_index where not indisvalid")).toEqual([]);
  expect(await query(url, "select n, count(*)::int from rows group by n")).toEqual([{ n: applied ? 1 : 0, count: 50 }]);
  if (applied)
    expect((await query<{ n: number }>(url, "select n from ledger order by n")).map(({ n }) => n)).toEqual([1, 3]);
}

/** As `resume` does: again, as long as the fault says that it is safe. How often it had to. `pause`: ms between two tries. */
export async function persist(
  run: MigrationRun,
  work: (run: MigrationRun) => Promise<unknown>,
  pause = 0,
): Promise<number> {
  for (let faults = 0; faults < (pause > 0 ? 500 : 20); faults += 1) {
    if (faults > 0) await run.clock.sleep(pause);
    const fault = await work(run).then(
      () => null,
      (error: StepFault) => error,
    );
    if (fault === null) return faults;
    expect(fault).toMatchObject({ retry: "safe" });
  }
  throw new Error("never came to an end");
}
