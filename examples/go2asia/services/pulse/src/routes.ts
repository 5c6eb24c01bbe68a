import { Failure, forbidden } from "@go2asia/service-kit/failure";
import type { Env, Routes } from "@go2asia/service-kit/http";
import { body, parameter, query } from "@go2asia/service-kit/input";
import type { Peer } from "@go2asia/service-kit/peer";
import { type Authenticate, bearer, type Role } from "@go2asia/service-kit/principal";
import { Hono } from "hono";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { Events } from "./events.ts";
import { entriesAfter, lastPosition } from "./feed.ts";
import { streamFeed } from "./stream.ts";
import type { Tables } from "./tables.ts";

type Parts = Readonly<{
  database: Kysely<Tables>;
  events: Events;
  content: Peer;
  points: Peer;
  authenticate: Authenticate;
  /** Sends what waits in the outbox. */
  wake: () => void;
  stopping: AbortSignal;
}>;

const list = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });
const creation = z.object({
  title: z.string().trim().min(1).max(200),
  startsAt: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  seats: z.int().min(1).max(100_000),
  pointsNeeded: z.int().min(0).max(1_000_000).default(0),
  pointsAwarded: z.int().min(0).max(1_000).default(10),
  contentId: z.uuid().optional(),
});
const streaming = z.object({ every: z.coerce.number().int().min(50).max(30_000).default(1_000) });
const text = z.object({ id: z.uuid(), title: z.string(), body: z.string(), locale: z.string() });
const account = z.object({ balance: z.number() });

const HOSTS: readonly Role[] = ["pro", "partner", "admin"];

export function createRoutes({ database, events, content, points, authenticate, wake, stopping }: Parts): Routes {
  const app = new Hono<Env>();

  app.get("/v1/events", async (c) => c.json({ items: await events.upcoming(query(c, list).limit) }));

  app.get("/v1/events/stream", async (c) => {
    const { every } = query(c, streaming);
    const last = Number.parseInt(c.req.header("last-event-id") ?? "", 10);
    const after = Number.isSafeInteger(last) && last >= 0 ? last : await lastPosition(database);
    return streamFeed(c, { after, every, entriesAfter: (position) => entriesAfter(database, position), stopping });
  });

  app.get("/v1/events/:id", async (c) => {
    const event = await events.get(parameter(c, "id", z.uuid()));
    if (event.contentId === null) return c.json({ ...event, text: null });
    const token = bearer(c) ?? undefined;
    const path = `/v1/content/${event.contentId}`;
    return c.json({
      ...event,
      text: await content.call({ c, path, answer: text, ...(token === undefined ? {} : { token }) }),
    });
  });

  app.post("/v1/events", async (c) => {
    const { role, userId, token } = await authenticate(c);
    if (!HOSTS.includes(role)) throw forbidden(`Events are held by ${HOSTS.join(", ")}.`);
    const input = await body(c, creation);
    if (input.contentId !== undefined) {
      const about = await content.call({ c, path: `/v1/content/${input.contentId}`, token, answer: text });
      if (about === null) throw new Failure(422, "no-content", "There is no such item in content.");
    }
    return c.json(await events.create(input, userId), 201);
  });

  app.put("/v1/events/:id/registration", async (c) => {
    const { userId, token } = await authenticate(c);
    const id = parameter(c, "id", z.uuid());
    const { pointsNeeded } = await events.get(id);
    const own = pointsNeeded === 0 ? null : await points.call({ c, path: "/v1/points/me", token, answer: account });
    const { event, repeated } = await events.register(id, userId, own?.balance ?? 0);
    wake();
    return c.json(event, repeated ? 200 : 201);
  });

  app.delete("/v1/events/:id/registration", async (c) => {
    const { userId } = await authenticate(c);
    await events.withdraw(parameter(c, "id", z.uuid()), userId);
    return c.body(null, 204);
  });

  return app;
}
