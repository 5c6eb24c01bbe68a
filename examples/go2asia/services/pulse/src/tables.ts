import type { WithOutbox } from "@go2asia/service-kit/outbox";
import type { Generated } from "kysely";

export type FeedKind = "created" | "registered" | "withdrawn";

export type Tables = WithOutbox & {
  events: {
    id: Generated<string>;
    title: string;
    starts_at: Date;
    seats: number;
    taken: Generated<number>;
    points_needed: Generated<number>;
    points_awarded: Generated<number>;
    content_id: string | null;
    host_id: string;
    created_at: Generated<Date>;
  };
  registrations: { event_id: string; user_id: string; created_at: Generated<Date> };
  feed_position: { one: Generated<boolean>; position: number };
  feed: { position: number; kind: FeedKind; event_id: string; taken: number; created_at: Generated<Date> };
};
