import type { WithOutbox } from "@go2asia/service-kit/outbox";
import type { Generated } from "kysely";

export type Tables = WithOutbox & {
  articles: {
    id: Generated<string>;
    slug: string;
    locale: string;
    title: string;
    status: Generated<"draft" | "published">;
    content_id: string;
    content_version: number;
    author_id: string;
    author_name: string;
    created_at: Generated<Date>;
    published_at: Date | null;
  };
};
