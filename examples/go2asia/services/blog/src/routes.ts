import { forbidden, notFound } from "@go2asia/service-kit/failure";
import type { Env, Routes } from "@go2asia/service-kit/http";
import { body, parameter, query } from "@go2asia/service-kit/input";
import type { Peer } from "@go2asia/service-kit/peer";
import { type Authenticate, bearer } from "@go2asia/service-kit/principal";
import { Hono } from "hono";
import { z } from "zod";
import type { Articles } from "./articles.ts";

type Parts = Readonly<{
  articles: Articles;
  content: Peer;
  userAuth: Peer;
  authenticate: Authenticate;
  /** Sends what waits in the outbox. */
  wake: () => void;
}>;

const slug = z
  .string()
  .max(120)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case letters, digits and single dashes");
const writing = z.object({
  slug,
  locale: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, "such as en or en-US")
    .default("en"),
  title: z.string().trim().min(1).max(200),
  body: z.string().min(1).max(200_000),
});
const list = z.object({
  author: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
const item = z.object({ id: z.uuid(), version: z.number(), status: z.string(), body: z.string() });
const author = z.object({ name: z.string() });

export function createRoutes({ articles, content, userAuth, authenticate, wake }: Parts): Routes {
  const app = new Hono<Env>();

  app.get("/v1/articles", async (c) => {
    const { author: authorId, limit } = query(c, list);
    return c.json({ items: await articles.published({ authorId, limit }) });
  });

  app.get("/v1/articles/:slug", async (c) => {
    const article = await articles.bySlug(parameter(c, "slug", slug));
    if (article === undefined) throw notFound("article");
    // Content decides who may read a draft.
    const token = bearer(c) ?? undefined;
    const path = `/v1/content/${article.contentId}`;
    const found = await content.call({ c, path, answer: item, ...(token === undefined ? {} : { token }) });
    if (found === null) throw notFound("article");
    return c.json({ ...article, body: found.body });
  });

  app.post("/v1/articles", async (c) => {
    const { userId, role, token } = await authenticate(c);
    if (role === "guest") throw forbidden("Guests read.");
    const input = await body(c, writing);
    const [created, named] = await Promise.all([
      content.call({
        c,
        path: "/v1/content",
        method: "POST",
        token,
        json: { type: "article", ...input },
        answer: item,
      }),
      userAuth.call({ c, path: `/v1/auth/users/${userId}`, answer: author }),
    ]);
    if (created === null || named === null) throw notFound("author");
    const article = await articles.add({
      slug: input.slug,
      locale: input.locale,
      title: input.title,
      contentId: created.id,
      contentVersion: created.version,
      authorId: userId,
      authorName: named.name,
    });
    return c.json(article, 201);
  });

  app.post("/v1/articles/:id/publish", async (c) => {
    const { userId, role, token } = await authenticate(c);
    const article = await articles.get(parameter(c, "id", z.uuid()));
    if (article.authorId !== userId && role !== "admin") throw forbidden("Only the author or an admin publishes.");
    if (article.status === "published") return c.json(article);
    // The body first: if we end in between, publishing again finds it published and goes on.
    const path = `/v1/content/${article.contentId}`;
    const before = await content.call({ c, path, token, answer: item });
    if (before === null) throw notFound("body");
    const json = { version: before.version, status: "published" };
    const after =
      before.status === "published"
        ? before
        : await content.call({ c, path, method: "PUT", token, json, answer: item });
    const published = await articles.publish(article.id, after?.version ?? before.version);
    wake();
    return c.json(published ?? (await articles.get(article.id)));
  });

  return app;
}
