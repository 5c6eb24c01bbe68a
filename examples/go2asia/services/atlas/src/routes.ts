import { Failure, forbidden, notFound } from "@go2asia/service-kit/failure";
import type { Env, Routes } from "@go2asia/service-kit/http";
import { body, parameter, query } from "@go2asia/service-kit/input";
import type { Peer } from "@go2asia/service-kit/peer";
import { type Authenticate, bearer, type Role } from "@go2asia/service-kit/principal";
import { Hono } from "hono";
import { z } from "zod";
import type { Places } from "./places.ts";

type Parts = Readonly<{ places: Places; content: Peer; authenticate: Authenticate }>;

const latitude = z.coerce.number().min(-90).max(90);
const longitude = z.coerce.number().min(-180).max(180);
const search = z
  .object({
    name: z.string().trim().min(1).max(100).optional(),
    city: z.uuid().optional(),
    latitude: latitude.optional(),
    longitude: longitude.optional(),
    km: z.coerce.number().positive().max(1000).default(10),
    limit: z.coerce.number().int().min(1).max(100).default(20),
  })
  .refine((input) => (input.latitude === undefined) === (input.longitude === undefined), {
    message: "latitude and longitude come together",
  });
const place = z.object({
  cityId: z.uuid(),
  name: z.string().trim().min(1).max(200),
  kind: z.enum(["food", "sight", "stay", "nature", "transport"]),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  contentId: z.uuid().optional(),
});
const countryFilter = z.object({
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
});
const text = z.object({ id: z.uuid(), title: z.string(), body: z.string(), locale: z.string() });

const AUTHORS: readonly Role[] = ["pro", "partner", "admin"];

export function createRoutes({ places, content, authenticate }: Parts): Routes {
  const app = new Hono<Env>();

  app.get("/v1/countries", async (c) => c.json({ items: await places.countries() }));

  app.get("/v1/cities", async (c) => c.json({ items: await places.cities(query(c, countryFilter).country) }));

  app.get("/v1/places", async (c) => {
    const { name, city, latitude: lat, longitude: lon, km, limit } = query(c, search);
    const near = lat === undefined || lon === undefined ? undefined : { latitude: lat, longitude: lon, km };
    return c.json({ items: await places.search({ name, cityId: city, near, limit }) });
  });

  app.get("/v1/places/:id", async (c) => {
    const found = await places.get(parameter(c, "id", z.uuid()));
    if (found === undefined) throw notFound("place");
    if (found.contentId === null) return c.json({ ...found, text: null });
    const token = bearer(c) ?? undefined;
    const path = `/v1/content/${found.contentId}`;
    const about = await content.call({ c, path, answer: text, ...(token === undefined ? {} : { token }) });
    return c.json({ ...found, text: about });
  });

  app.post("/v1/places", async (c) => {
    const { role, userId, token } = await authenticate(c);
    if (!AUTHORS.includes(role)) throw forbidden(`Places are added by ${AUTHORS.join(", ")}.`);
    const input = await body(c, place);
    if (input.contentId !== undefined) {
      const about = await content.call({ c, path: `/v1/content/${input.contentId}`, token, answer: text });
      if (about === null) throw new Failure(422, "no-content", "There is no such item in content.");
    }
    return c.json(await places.add(input, userId), 201);
  });

  return app;
}
