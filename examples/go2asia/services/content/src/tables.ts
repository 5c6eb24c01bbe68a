import type { Generated } from "kysely";

export type Status = "draft" | "published";

export type Tables = {
  items: {
    id: Generated<string>;
    type: string;
    slug: string;
    locale: string;
    status: Generated<Status>;
    version: Generated<number>;
    title: string;
    body: string;
    owner_id: string;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
    published_at: Date | null;
  };
  item_versions: {
    item_id: string;
    version: number;
    status: Status;
    title: string;
    body: string;
    editor_id: string;
    created_at: Generated<Date>;
  };
  media: {
    key: string;
    content_type: string;
    size: number;
    owner_id: string;
    created_at: Generated<Date>;
  };
};
