import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { cloneDatabase } from "../src/postgres/clone-database.ts";
import { type PostgresServer, startPostgres } from "../src/postgres/start-postgres.ts";

export type TestPostgres = Readonly<{
  server: () => PostgresServer;
  /** A new database, empty or copied; returns its URL as the superuser. */
  database: (template?: string) => Promise<string>;
}>;

/** One real PostgreSQL for a test file, started before its first test and gone after its last. */
export function testPostgres(): TestPostgres {
  const folder = mkdtempSync(join(tmpdir(), "sampan-test-postgres-"));
  let server: PostgresServer | null = null;
  let databases = 0;
  const running = (): PostgresServer => {
    if (server === null) throw new Error("only inside a test");
    return server;
  };
  beforeAll(async () => {
    server = await startPostgres({ folder: join(folder, "server"), superuserPassword: "test only", owned: true });
  }, 120_000);
  afterAll(async () => {
    // Nobody will read these files again: the immediate shutdown does not write them out first.
    if (server !== null) process.kill(server.pid, "SIGQUIT");
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
  return {
    server: running,
    database: async (template = "template1") => {
      databases += 1;
      const name = `test_${databases}`;
      await cloneDatabase({ adminUrl: running().adminUrl("postgres"), template, name });
      return running().adminUrl(name);
    },
  };
}

/** Runs one statement in a session of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
