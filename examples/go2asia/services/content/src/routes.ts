import { forbidden } from "@go2asia/service-kit/failure";
import type { Env, Routes } from "@go2asia/service-kit/http";
import { body, parameter, query } from "@go2asia/service-kit/input";
import { type Authenticate, bearer } from "@go2asia/service-kit/principal";
import { Hono } from "hono";
import { z } from "zod";
import { exportLines } from "./export.ts";
import type { Items } from "./items.ts";

type Parts = Readonly<{ items: Items; authenticate: Authenticate }>;

const word = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case letters, digits and single dashes");
const locale = z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/, "such as en or en-US");
const title = z.string().trim().min(1).max(200);
const text = z.string().max(200_000);

const draft = z.object({ type: word.max(40), slug: word.max(120), locale: locale.default("en"), title, body: text });
const change = z.object({
  version: z.int().min(1),
  title: title.optional(),
  body: text.optional(),
  status: z.enum(["draft", "published"]).optional(),
});
const filter = z.object({
  type: word.optional(),
  locale: locale.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
const exporting = z.object({ type: word.optional(), seconds: z.coerce.number().min(0.1).max(10).default(1) });

export function createRoutes({ items, authenticate }: Parts): Routes {
  const app = new Hono<Env>();

  app.get("/v1/content", async (c) => c.json({ items: await items.published(query(c, filter)) }));

  app.get("/v1/content/export", async (c) => {
    const { type, seconds } = query(c, exporting);
    const all = await items.published({ type, limit: 10_000 });
    return c.body(exportLines({ items: all, seconds }), 200, { "content-type": "application/x-ndjson" });
  });

  app.get("/v1/content/:id", async (c) => {
    const reader = bearer(c) === null ? null : await authenticate(c);
    return c.json(await items.get(parameter(c, "id", z.uuid()), reader));
  });

  app.post("/v1/content", async (c) => {
    const owner = await authenticate(c);
    if (owner.role === "guest") throw forbidden("Guests read.");
    return c.json(await items.create(await body(c, draft), owner), 201);
  });

  app.put("/v1/content/:id", async (c) => {
    const editor = await authenticate(c);
    return c.json(await items.change(parameter(c, "id", z.uuid()), await body(c, change), editor));
  });

  app.get("/v1/content/:id/versions", async (c) => {
    const reader = await authenticate(c);
    return c.json({ items: await items.versions(parameter(c, "id", z.uuid()), reader) });
  });

  return app;
}
