import { createHash } from "node:crypto";
import { Failure, notFound } from "@go2asia/service-kit/failure";
import type { Env, Routes } from "@go2asia/service-kit/http";
import { parameter } from "@go2asia/service-kit/input";
import type { Authenticate } from "@go2asia/service-kit/principal";
import type { Storage } from "@go2asia/service-kit/storage";
import { Hono } from "hono";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { Tables } from "./tables.ts";

type Parts = Readonly<{ database: Kysely<Tables>; storage: Storage; authenticate: Authenticate }>;

/** What a browser may be given from here; nothing that it would run. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
  "image/avif": "avif",
};
const key = z.string().regex(/^[0-9a-f]{64}\.[a-z]{3,4}$/);

/** Pictures, kept under the hash of their bytes: the same picture is stored once and never changes. */
export function createMediaRoutes({ database, storage, authenticate }: Parts): Routes {
  const app = new Hono<Env>();

  app.post("/v1/media", async (c) => {
    const { userId } = await authenticate(c);
    const contentType = c.req.header("content-type") ?? "";
    const extension = EXTENSIONS[contentType];
    if (extension === undefined) throw new Failure(415, "bad-type", `One of ${Object.keys(EXTENSIONS).join(", ")}.`);
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    if (bytes.length === 0) throw new Failure(422, "empty", "There are no bytes in the body.");
    const name = `${createHash("sha256").update(bytes).digest("hex")}.${extension}`;
    await storage.write(name, bytes);
    await database
      .insertInto("media")
      .values({ key: name, content_type: contentType, size: bytes.length, owner_id: userId })
      .onConflict((on) => on.column("key").doNothing())
      .execute();
    return c.json({ key: name, url: `/v1/media/${name}`, size: bytes.length }, 201);
  });

  app.get("/v1/media/:key", async (c) => {
    const name = parameter(c, "key", key);
    const row = await database
      .selectFrom("media")
      .select(["content_type", "size"])
      .where("key", "=", name)
      .executeTakeFirst();
    const stored = row === undefined ? null : await storage.read(name);
    if (row === undefined || stored === null) throw notFound("picture");
    return c.body(stored.stream, 200, {
      "content-type": row.content_type,
      "content-length": String(stored.size),
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
    });
  });

  return app;
}
