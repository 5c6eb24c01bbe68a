import type pg from "pg";

/** The name of the sessions that read and write beside the migrations. */
export const LOAD = "sampan load";

/** Milliseconds that one of them has been waiting for a lock at this moment, by the server's own clock; 0: none waits. */
export async function longestWait(client: pg.ClientBase): Promise<number> {
  // `waitstart` came with 14.
  const { rows } = await client.query<{ waited: number | null }>(
    `select max(extract(epoch from clock_timestamp() - waitstart) * 1000)::int as waited from pg_locks l join pg_stat_activity a using (pid)
     where not granted and a.datname = current_database() and a.application_name = $1`,
    [LOAD],
  );
  return rows[0]?.waited ?? 0;
}
