import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { TestContext } from "node:test";
import pg from "pg";

export type Scratch = Readonly<{
  url: string;
  up(): Promise<void>;
  down(): Promise<void>;
  tables(): Promise<string[]>;
}>;

/**
 * A schema of its own in TEST_DATABASE_URL with the service's migrations applied; gone after the test. Null, with the
 * reason printed by the runner, when the variable is not set.
 */
export async function scratchDatabase(t: TestContext, migrations: URL): Promise<Scratch | null> {
  const base = process.env.TEST_DATABASE_URL;
  if (base === undefined || base === "") {
    t.skip("TEST_DATABASE_URL is not set: this test needs a PostgreSQL in which it may create a schema");
    return null;
  }
  const schema = `test_${randomBytes(6).toString("hex")}`;
  const url = new URL(base);
  url.searchParams.set("options", `-c search_path=${schema}`);
  const query = async (sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const apply = async (suffix: ".up.sql" | ".down.sql"): Promise<void> => {
    const files = (await readdir(migrations)).filter((file) => file.endsWith(suffix)).sort();
    if (suffix === ".down.sql") files.reverse();
    for (const file of files) await query(await readFile(new URL(file, migrations), "utf8"));
  };
  await query(`create schema ${schema}`);
  t.after(() => query(`drop schema ${schema} cascade`));
  await apply(".up.sql");
  return {
    url: url.href,
    up: () => apply(".up.sql"),
    down: () => apply(".down.sql"),
    async tables() {
      const found = await query(`select tablename from pg_tables where schemaname = '${schema}' order by 1`);
      return found.rows.map((row: { tablename: string }) => row.tablename);
    },
  };
}
