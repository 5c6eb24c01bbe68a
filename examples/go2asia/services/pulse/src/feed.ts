import type { Kysely, Transaction } from "kysely";
import type { FeedKind, Tables } from "./tables.ts";

export type FeedEntry = Readonly<{ position: number; kind: FeedKind; eventId: string; taken: number }>;

/** Call last in a transaction: until its commit, nobody else gets a number. */
export async function append(
  transaction: Transaction<Tables>,
  entry: Readonly<{ kind: FeedKind; eventId: string; taken: number }>,
): Promise<void> {
  const { position } = await transaction
    .updateTable("feed_position")
    .set((row) => ({ position: row("position", "+", 1) }))
    .returning("position")
    .executeTakeFirstOrThrow();
  await transaction
    .insertInto("feed")
    .values({ position, kind: entry.kind, event_id: entry.eventId, taken: entry.taken })
    .execute();
}

export async function lastPosition(database: Kysely<Tables>): Promise<number> {
  return (await database.selectFrom("feed_position").select("position").executeTakeFirstOrThrow()).position;
}

export function entriesAfter(database: Kysely<Tables>, position: number): Promise<FeedEntry[]> {
  return database
    .selectFrom("feed")
    .select(["position", "kind", "event_id as eventId", "taken"])
    .where("position", ">", position)
    .orderBy("position")
    .limit(500)
    .execute();
}
