import { conflict, forbidden, notFound } from "@go2asia/service-kit/failure";
import { earn } from "@go2asia/service-kit/outbox";
import type { Kysely } from "kysely";
import { append } from "./feed.ts";
import type { Tables } from "./tables.ts";

export type NewEvent = Readonly<{
  title: string;
  startsAt: Date;
  seats: number;
  pointsNeeded: number;
  pointsAwarded: number;
  contentId?: string | undefined;
}>;

const shown = [
  "id",
  "title",
  "starts_at as startsAt",
  "seats",
  "taken",
  "points_needed as pointsNeeded",
  "points_awarded as pointsAwarded",
  "content_id as contentId",
  "host_id as hostId",
] as const;

export class Events {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  /** Those to come, the next first. */
  upcoming(limit: number) {
    return this.#database
      .selectFrom("events")
      .select(shown)
      .where("starts_at", ">", new Date())
      .orderBy("starts_at")
      .limit(limit)
      .execute();
  }

  async get(id: string) {
    const event = await this.#database.selectFrom("events").select(shown).where("id", "=", id).executeTakeFirst();
    if (event === undefined) throw notFound("event");
    return event;
  }

  create(event: NewEvent, hostId: string) {
    return this.#database.transaction().execute(async (transaction) => {
      const created = await transaction
        .insertInto("events")
        .values({
          title: event.title,
          starts_at: event.startsAt,
          seats: event.seats,
          points_needed: event.pointsNeeded,
          points_awarded: event.pointsAwarded,
          content_id: event.contentId ?? null,
          host_id: hostId,
        })
        .returning(shown)
        .executeTakeFirstOrThrow();
      await append(transaction, { kind: "created", eventId: created.id, taken: 0 });
      return created;
    });
  }

  /** One seat a user, none beyond the limit; registering again changes nothing. The award goes out with the commit. */
  register(eventId: string, userId: string, balance: number) {
    return this.#database.transaction().execute(async (transaction) => {
      const event = await transaction
        .selectFrom("events")
        .select(shown)
        .where("id", "=", eventId)
        .forUpdate()
        .executeTakeFirst();
      if (event === undefined) throw notFound("event");
      const own = await transaction
        .selectFrom("registrations")
        .select("created_at")
        .where("event_id", "=", eventId)
        .where("user_id", "=", userId)
        .executeTakeFirst();
      if (own !== undefined) return { event, repeated: true };
      if (event.startsAt.getTime() <= Date.now()) throw conflict("started", "The event has started.");
      if (event.taken >= event.seats) throw conflict("full", "All seats are taken.");
      if (balance < event.pointsNeeded) throw forbidden(`${event.pointsNeeded} points are needed.`);
      await transaction.insertInto("registrations").values({ event_id: eventId, user_id: userId }).execute();
      const taken = event.taken + 1;
      await transaction.updateTable("events").set({ taken }).where("id", "=", eventId).execute();
      if (event.pointsAwarded > 0) {
        await earn(transaction, {
          // Whoever withdraws and comes back is not awarded again.
          externalId: `pulse/registration/${eventId}/${userId}`,
          userId,
          amount: event.pointsAwarded,
          reason: `Registered for ${event.title}`.slice(0, 200),
        });
      }
      await append(transaction, { kind: "registered", eventId, taken });
      return { event: { ...event, taken }, repeated: false };
    });
  }

  withdraw(eventId: string, userId: string): Promise<void> {
    return this.#database.transaction().execute(async (transaction) => {
      // The event's row first, as when registering: two orders would be a deadlock.
      await transaction.selectFrom("events").select("id").where("id", "=", eventId).forUpdate().executeTakeFirst();
      const { numDeletedRows } = await transaction
        .deleteFrom("registrations")
        .where("event_id", "=", eventId)
        .where("user_id", "=", userId)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return;
      const { taken } = await transaction
        .updateTable("events")
        .set((row) => ({ taken: row("taken", "-", 1) }))
        .where("id", "=", eventId)
        .returning("taken")
        .executeTakeFirstOrThrow();
      await append(transaction, { kind: "withdrawn", eventId, taken });
    });
  }
}
