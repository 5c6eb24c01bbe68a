import { expect, test } from "vitest";
import { isolate, placeOf } from "./isolate.ts";

const to = {
  place: "db.example.org:5432/blog",
  clone: "clone_1",
  host: "127.0.0.1",
  port: 6000,
  password: "p w",
  other: (place: string) => `other_${place.length}`,
  folder: "/scratch",
  given: { GIVEN: "yes" },
};

test("nothing of the environment is left to be reached", () => {
  const variables = {
    DATABASE_URL: "postgres://blog_app:secret@db.example.org:5432/blog?sslmode=require&application_name=x",
    MIGRATION_DATABASE_URL: "postgresql://blog_owner:secret@db.example.org/blog",
    QUEUE_URL: "postgres://queue:secret@db.example.org:5432/queue",
    JDBC: "jdbc:postgresql://db.example.org:5432/blog?user=jdbc&password=secret",
    CONTENT_URL: "http://content.internal:8080/v1",
    REDIS_URL: "redis://:secret@redis.internal:6379/0",
    BROKERS_URL: "amqp://a:secret@mq1.internal:5672,mq2.internal:5672/vhost",
    KAFKA_BROKERS: "kafka1.internal:9092,kafka2.internal:9092",
    STORAGE_URL: "file:///var/lib/media",
    STORAGE_DIR: "/var/lib/media",
    PGHOST: "db.example.org",
    PGPORT: "5432",
    PGUSER: "by_parts",
    PGPASSWORD: "secret",
    PGDATABASE: "blog",
    LOG_LEVEL: "info",
  };
  const isolated = isolate(variables, to);
  expect(isolated).toEqual({
    variables: {
      DATABASE_URL: "postgres://blog_app:p%20w@127.0.0.1:6000/clone_1?application_name=x",
      MIGRATION_DATABASE_URL: "postgresql://blog_owner:p%20w@127.0.0.1:6000/clone_1",
      QUEUE_URL: "postgres://queue:p%20w@127.0.0.1:6000/other_25",
      JDBC: "jdbc:postgresql://127.0.0.1:6000/clone_1?user=jdbc&password=p+w",
      CONTENT_URL: "http://127.0.0.1:9/v1",
      REDIS_URL: "redis://127.0.0.1:9/0",
      BROKERS_URL: "amqp://127.0.0.1:9/vhost",
      KAFKA_BROKERS: "127.0.0.1:9",
      STORAGE_URL: "file:///scratch",
      STORAGE_DIR: "/scratch",
      PGHOST: "127.0.0.1",
      PGPORT: "6000",
      PGUSER: "by_parts",
      PGPASSWORD: "p w",
      PGDATABASE: "clone_1",
      LOG_LEVEL: "info",
      GIVEN: "yes",
    },
    roles: ["blog_app", "blog_owner", "jdbc", "by_parts"],
    others: [{ database: "other_25", role: "queue" }],
  });
});

test("two URLs of one database are one place", () => {
  expect(placeOf("postgres://a:b@localhost/x")).toBe(placeOf("postgresql://c@127.0.0.1:5432/x?sslmode=require"));
  expect(placeOf("postgres://a@h/x")).not.toBe(placeOf("postgres://a@h/y"));
  expect(placeOf("mysql://a@h/x")).toBeNull();
});
