import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Log } from "./log.ts";

// Counters and ids stay far below 2^53; a string would leak into every sum.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

type DatabaseOptions = Readonly<{
  /** Names a role whose search_path is the service's own schema. */
  url: string;
  service: string;
  log: Log;
  poolSize?: number;
}>;

/** A pool that connects on first use, so that a service listens before its database answers. */
export function openDatabase<Tables>({ url, service, log, poolSize = 4 }: DatabaseOptions): Kysely<Tables> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: service,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 15_000,
  });
  // An idle connection that the server closed is replaced by the next query; it is no error of ours.
  pool.on("error", (error) => log.warn({ error }, "an idle database connection was lost"));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** For `/ready`. */
export const answers =
  <Tables>(database: Kysely<Tables>) =>
  async (): Promise<void> => {
    await sql`select 1`.execute(database);
  };

/** Is this error a row that is there already? */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "23505";
