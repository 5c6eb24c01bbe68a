import pg from "pg";
import { ConnectionLost, wordsOf } from "../engine/postgres/lost.ts";

/** One statement. @throws what the server said, or ConnectionLost. */
export async function ask<Row extends pg.QueryResultRow>(
  client: pg.Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } catch (error) {
    throw error instanceof pg.DatabaseError ? error : new ConnectionLost(wordsOf(error));
  }
}
