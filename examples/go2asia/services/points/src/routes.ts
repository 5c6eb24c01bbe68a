import type { Env, Routes } from "@go2asia/service-kit/http";
import { body, parameter, query } from "@go2asia/service-kit/input";
import type { Authenticate } from "@go2asia/service-kit/principal";
import { awardSchema } from "@go2asia/service-kit/queue";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Ledger } from "./ledger.ts";

type Parts = Readonly<{ ledger: Ledger; authenticate: Authenticate; fromService: (c: Context) => void }>;

const spending = z.object({
  externalId: z.string().min(1).max(200),
  amount: z.int().min(1).max(1_000_000),
  reason: z.string().trim().min(1).max(200),
});
const page = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  before: z.coerce.number().int().min(1).optional(),
});

export function createRoutes({ ledger, authenticate, fromService }: Parts): Routes {
  const app = new Hono<Env>();

  app.get("/v1/points/me", async (c) => {
    const { userId } = await authenticate(c);
    return c.json({ userId, balance: await ledger.balance(userId) });
  });

  app.get("/v1/points/me/ledger", async (c) => {
    const { userId } = await authenticate(c);
    const { limit, before } = query(c, page);
    return c.json({ items: await ledger.history(userId, limit, before ?? null) });
  });

  app.post("/v1/points/me/spend", async (c) => {
    const { userId } = await authenticate(c);
    const { externalId, amount, reason } = await body(c, spending);
    const recorded = await ledger.record({ externalId: `${userId}/${externalId}`, userId, amount: -amount, reason });
    return c.json({ ...recorded, externalId }, recorded.repeated ? 200 : 201);
  });

  // Sent twice, it counts once: 201 the first time, 200 with the same balance after that.
  app.post("/v1/points/awards", async (c) => {
    fromService(c);
    const recorded = await ledger.record(await body(c, awardSchema));
    return c.json(recorded, recorded.repeated ? 200 : 201);
  });

  app.get("/v1/points/users/:id/ledger", async (c) => {
    fromService(c);
    const userId = parameter(c, "id", z.uuid());
    const { limit, before } = query(c, page);
    const items = await ledger.history(userId, limit, before ?? null);
    return c.json({ userId, balance: await ledger.balance(userId), items });
  });

  return app;
}
