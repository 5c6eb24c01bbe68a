import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/io/clock.ts";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import { type PostgresServer, startPostgres } from "../../src/postgres/start-postgres.ts";
import { campaign } from "../campaign.ts";
import { testRun } from "../migration-run.ts";
import { PGBOUNCER, startPooler } from "../pooler.ts";
import { query } from "../postgres.ts";
import { expectWhole, LEDGER, persist, prepareGround } from "./ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "sampan-servers-"));
const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const PASSWORD = "test only";

async function server(name: string, port?: number): Promise<PostgresServer> {
  const started = await startPostgres({
    folder: join(folder, name),
    superuserPassword: PASSWORD,
    owned: true,
    ...(port === undefined ? {} : { port }),
  });
  ends.push(() => started.stop());
  return started;
}

describe("a server that is restarted in the middle", { timeout: 600_000 }, () => {
  test.each(["SIGINT", "SIGQUIT"] as const)("by %s: all of it once", async (signal) => {
    let running = await server("restarted");
    const url = running.adminUrl("postgres");
    for (let round = 0; round < campaign(20); round += 1) {
      await query(url, "drop schema public cascade; create schema public");
      await prepareGround(url);
      const run = await testRun(url, LEDGER, { confirmed: ["ledger"] });
      const applying = persist(run, applyMigrations, 100);
      await systemClock.sleep(10 + 25 * round);
      process.kill(running.pid, signal);
      running = await server("restarted", running.port);
      await applying;
      await expectWhole(url, true);
    }
  });
});

test("a read-only standby is refused with the reason", async () => {
  const first = await server("standby");
  await first.stop();
  const marker = join(folder, "standby", "data", "standby.signal");
  writeFileSync(marker, "");
  const user = await serverUser();
  if (user !== null) chownSync(marker, user.uid, user.gid);
  const standby = await server("standby");
  const run = await testRun(standby.adminUrl("postgres"), { "1_t": ["create table t ()", "drop table t"] });
  await expect(applyMigrations(run)).rejects.toMatchObject({
    code: "database-standby",
    retry: "never",
    message: expect.stringContaining("is a read-only standby"),
  });
}, 120_000);

describe.skipIf(PGBOUNCER === null)("a connection pooler", { timeout: 120_000 }, () => {
  async function pooled(url: string, mode: "transaction" | "session"): Promise<string> {
    const pooler = await startPooler(url, mode);
    ends.push(pooler.stop);
    return pooler.url;
  }

  test("in transaction mode is refused with the reason, and no lock is left on its connections", async () => {
    const direct = (await server("pooled")).adminUrl("postgres");
    const run = await testRun(await pooled(direct, "transaction"), { "1_t": ["create table t ()", "drop table t"] });
    await expect(applyMigrations(run)).rejects.toMatchObject({
      code: "database-pooled",
      retry: "never",
      message: expect.stringContaining("pooler in transaction mode"),
    });
    expect(await query(direct, "select from pg_locks where locktype = 'advisory'")).toEqual([]);
    expect(await query(direct, "select to_regclass('sampan_migrations') as made")).toEqual([{ made: null }]);
  });

  test("in session mode does no harm", async () => {
    const direct = (await server("pooled")).adminUrl("postgres");
    const run = await testRun(await pooled(direct, "session"), { "1_t": ["create table t ()", "drop table t"] });
    expect((await applyMigrations(run)).changed).toEqual(["1_t"]);
  });
});
