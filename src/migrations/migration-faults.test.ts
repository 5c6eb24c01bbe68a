import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { testRun } from "../../test/migration-run.ts";
import { query, testPostgres } from "../../test/postgres.ts";
import { appliedMigrations } from "./applied-migrations.ts";
import { applyMigrations } from "./apply-migrations.ts";

const postgres = testPostgres();
const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Cuts the connection at the first COMMIT: before it reaches the server, or after the server has answered it. */
async function cuttingProxy(url: string, moment: "before" | "after"): Promise<string> {
  const target = new URL(url);
  const port = Number(target.port);
  let cuts = 1;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let cutting = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on("data", (data) => {
      if (cuts > 0 && data.includes("commit\0")) {
        cuts -= 1;
        if (moment === "before") return cut();
        cutting = true;
      }
      return upstream.write(data);
    });
    upstream.on("data", (data) => (cutting ? cut() : client.write(data)));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  target.port = String(address.port);
  return target.href;
}

const LEDGER = {
  "0001_ledger": ["create table ledger (n int, at timestamptz default now())", "drop table ledger"],
  "0002_one": [
    "insert into ledger values (1); select pg_sleep(0.005); create table one ()",
    "drop table one; delete from ledger where n = 1",
  ],
  "0003_two": [
    "create table two (); select pg_sleep(0.005); insert into ledger values (2)",
    "delete from ledger where n = 2; drop table two",
  ],
  "0004_index": [
    "-- sampan: no-transaction\ncreate index concurrently ledger_n on ledger (n);\ncreate index concurrently ledger_at on ledger (at);",
    "-- sampan: no-transaction\ndrop index concurrently ledger_at; drop index concurrently ledger_n;",
  ],
  "0005_three": ["insert into ledger values (3)", "delete from ledger where n = 3"],
} as const;

const rowsOf = async (url: string) =>
  (await query<{ n: number }>(url, "select n from ledger order by n")).map(({ n }) => n);

describe("an answer to COMMIT that never came", () => {
  test("the record is looked for, found, and the run goes on", async () => {
    const url = await postgres.database();
    const run = await testRun(await cuttingProxy(url, "after"), LEDGER);
    expect((await applyMigrations(run)).changed).toHaveLength(5);
    expect(run.lines.join("\n")).toContain("looking for its record");
    expect(await rowsOf(url)).toEqual([1, 2, 3]);
  });

  test("the record is looked for and not found: said, and safe to repeat", async () => {
    const url = await postgres.database();
    const run = await testRun(await cuttingProxy(url, "before"), LEDGER);
    await expect(applyMigrations(run)).rejects.toMatchObject({ code: "migration-interrupted", retry: "safe" });
    expect(await appliedMigrations(url)).toEqual([]);
    expect((await applyMigrations(run)).changed).toHaveLength(5);
    expect(await rowsOf(url)).toEqual([1, 2, 3]);
  });
});

test("a deployer that stops working loses its turn by itself", async () => {
  const url = await postgres.database();
  const run = await testRun(url, { "1_t": ["create table t ()", "drop table t"] });
  await applyMigrations(run);
  const settings = async (sql: string) => {
    const probing = await testRun(url, { "2_settings": [sql, "select 1"] });
    await applyMigrations(probing);
    return query(url, "select * from seen");
  };
  expect(
    await settings(
      "create table seen as select current_setting('idle_in_transaction_session_timeout') as inside, current_setting('idle_session_timeout') as outside, current_setting('application_name') as name",
    ),
  ).toEqual([{ inside: "1s", outside: "30s", name: "sampan r1" }]);
});
