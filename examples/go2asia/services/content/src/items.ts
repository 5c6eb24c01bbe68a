import { isDuplicate } from "@go2asia/service-kit/database";
import { conflict, forbidden, notFound } from "@go2asia/service-kit/failure";
import type { Principal } from "@go2asia/service-kit/principal";
import type { Kysely, Selectable, Transaction } from "kysely";
import type { Status, Tables } from "./tables.ts";

export type Item = Readonly<{
  id: string;
  type: string;
  slug: string;
  locale: string;
  status: Status;
  version: number;
  title: string;
  body: string;
  ownerId: string;
  createdAt: Date;
  updatedAt: Date;
  publishedAt: Date | null;
}>;

type Draft = Readonly<Record<"type" | "slug" | "locale" | "title" | "body", string>>;
/** `version` is the one that the editor saw: a change made meanwhile by another is not overwritten. */
type Change = Readonly<{
  version: number;
  title?: string | undefined;
  body?: string | undefined;
  status?: Status | undefined;
}>;
type Filter = Readonly<{ type?: string | undefined; locale?: string | undefined; limit: number }>;

export class Items {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  /** Newest first. */
  async published({ type, locale, limit }: Filter): Promise<readonly Item[]> {
    let rows = this.#database.selectFrom("items").selectAll().where("status", "=", "published");
    if (type !== undefined) rows = rows.where("type", "=", type);
    if (locale !== undefined) rows = rows.where("locale", "=", locale);
    return (await rows.orderBy("published_at", "desc").limit(limit).execute()).map(itemOf);
  }

  /** Drafts are there for their owner and for admins only. */
  async get(id: string, reader: Principal | null): Promise<Item> {
    const row = await this.#database.selectFrom("items").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw notFound("item");
    if (row.status === "draft" && !mayEdit(row, reader)) throw notFound("item");
    return itemOf(row);
  }

  create(draft: Draft, owner: Principal): Promise<Item> {
    return this.#database.transaction().execute(async (transaction) => {
      const row = await transaction
        .insertInto("items")
        .values({ ...draft, owner_id: owner.userId })
        .returningAll()
        .executeTakeFirstOrThrow()
        .catch((error: unknown) => {
          throw isDuplicate(error) ? conflict("slug-taken", "There is an item of this type, slug and locale.") : error;
        });
      await remember(transaction, row, owner);
      return itemOf(row);
    });
  }

  change(id: string, change: Change, editor: Principal): Promise<Item> {
    return this.#database.transaction().execute(async (transaction) => {
      const before = await transaction
        .selectFrom("items")
        .selectAll()
        .where("id", "=", id)
        .forUpdate()
        .executeTakeFirst();
      if (before === undefined) throw notFound("item");
      if (!mayEdit(before, editor)) throw forbidden("Only the owner or an admin changes an item.");
      if (before.version !== change.version) throw conflict("changed-meanwhile", `The item is at ${before.version}.`);
      const status = change.status ?? before.status;
      const now = new Date();
      const row = await transaction
        .updateTable("items")
        .set({
          title: change.title ?? before.title,
          body: change.body ?? before.body,
          status,
          version: before.version + 1,
          updated_at: now,
          published_at: status === "published" ? (before.published_at ?? now) : null,
        })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await remember(transaction, row, editor);
      return itemOf(row);
    });
  }

  async versions(id: string, reader: Principal): Promise<readonly object[]> {
    const { ownerId } = await this.get(id, reader);
    if (ownerId !== reader.userId && reader.role !== "admin")
      throw forbidden("Only the owner or an admin sees versions.");
    return this.#database
      .selectFrom("item_versions")
      .select(["version", "status", "title", "editor_id as editorId", "created_at as at"])
      .where("item_id", "=", id)
      .orderBy("version", "desc")
      .execute();
  }
}

type Row = Selectable<Tables["items"]>;

const mayEdit = (row: Row, who: Principal | null): boolean =>
  who !== null && (row.owner_id === who.userId || who.role === "admin");

async function remember(transaction: Transaction<Tables>, row: Row, editor: Principal): Promise<void> {
  const { id: item_id, version, status, title, body } = row;
  await transaction
    .insertInto("item_versions")
    .values({ item_id, version, status, title, body, editor_id: editor.userId })
    .execute();
}

const itemOf = (row: Row): Item => ({
  id: row.id,
  type: row.type,
  slug: row.slug,
  locale: row.locale,
  status: row.status,
  version: row.version,
  title: row.title,
  body: row.body,
  ownerId: row.owner_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  publishedAt: row.published_at,
});
