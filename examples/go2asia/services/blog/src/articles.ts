import { isDuplicate } from "@go2asia/service-kit/database";
import { conflict, notFound } from "@go2asia/service-kit/failure";
import { earn } from "@go2asia/service-kit/outbox";
import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

export const POINTS_FOR_ARTICLE = 50;

export type NewArticle = Readonly<{
  slug: string;
  locale: string;
  title: string;
  contentId: string;
  contentVersion: number;
  authorId: string;
  authorName: string;
}>;

const shown = [
  "id",
  "slug",
  "locale",
  "title",
  "status",
  "content_id as contentId",
  "content_version as contentVersion",
  "author_id as authorId",
  "author_name as authorName",
  "created_at as createdAt",
  "published_at as publishedAt",
] as const;

export class Articles {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  /** Newest first. */
  published(filter: Readonly<{ authorId?: string | undefined; limit: number }>) {
    return this.#database
      .selectFrom("articles")
      .select(shown)
      .where("status", "=", "published")
      .$if(filter.authorId !== undefined, (rows) => rows.where("author_id", "=", filter.authorId ?? ""))
      .orderBy("published_at", "desc")
      .limit(filter.limit)
      .execute();
  }

  bySlug(slug: string) {
    return this.#database.selectFrom("articles").select(shown).where("slug", "=", slug).executeTakeFirst();
  }

  async get(id: string) {
    const article = await this.#database.selectFrom("articles").select(shown).where("id", "=", id).executeTakeFirst();
    if (article === undefined) throw notFound("article");
    return article;
  }

  async add(article: NewArticle) {
    return this.#database
      .insertInto("articles")
      .values({
        slug: article.slug,
        locale: article.locale,
        title: article.title,
        content_id: article.contentId,
        content_version: article.contentVersion,
        author_id: article.authorId,
        author_name: article.authorName,
        published_at: null,
      })
      .returning(shown)
      .executeTakeFirstOrThrow()
      .catch((error: unknown) => {
        throw isDuplicate(error) ? conflict("slug-taken", "There is an article with this slug.") : error;
      });
  }

  /** Once; the award goes out with the commit. Publishing again changes nothing. */
  publish(id: string, contentVersion: number) {
    return this.#database.transaction().execute(async (transaction) => {
      const article = await transaction
        .updateTable("articles")
        .set({ status: "published", published_at: new Date(), content_version: contentVersion })
        .where("id", "=", id)
        .where("status", "=", "draft")
        .returning(shown)
        .executeTakeFirst();
      if (article === undefined) return null;
      await earn(transaction, {
        externalId: `blog/article/${id}`,
        userId: article.authorId,
        amount: POINTS_FOR_ARTICLE,
        reason: `Published ${article.title}`.slice(0, 200),
      });
      return article;
    });
  }
}
