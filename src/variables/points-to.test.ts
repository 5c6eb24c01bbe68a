import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passwordsIn } from "./passwords-in.ts";
import { describePlace, samePlace } from "./place.ts";
import { placesOf } from "./places-of.ts";
import { pointsTo } from "./points-to.ts";

const place = (written: string) => {
  const [name = "", value = ""] = /^[A-Z_0-9]+=/.test(written) ? written.split(/=(.*)/s) : ["DATABASE_URL", written];
  return pointsTo({ name, value }, { base: "services/blog" });
};

const SAME: readonly (readonly [string, string])[] = [
  ["postgres://a:b@db.example/app", "postgresql://c:d@DB.example.:5432/app?sslmode=require"],
  ["postgres://a@localhost/app", "postgres://b@127.0.0.1:5432/app"],
  ["postgres://a@[::1]/app", "postgres://b@localhost/app"],
  ["postgres://a@localhost/app", "postgres:///app?user=x"],
  ["postgres://a@x/y?host=db&port=5433&dbname=app", "postgres://db:5433/app"],
  ["postgres:///app?host=/var/run/postgresql", "postgres://localhost/app"],
  ["postgres://%2Fvar%2Frun%2Fpostgresql/app", "postgres://localhost/app"],
  ["postgres://app@db", "postgres://other@db/app"],
  ["postgres://a:p@ss@db/app", "postgres://db/app"],
  ["postgres://db/app/", "postgres://db/app"],
  ["postgres://h1:5432,h2:5432/app", "postgres://h2/app"],
  ["host=db port=5432 dbname=app user=x password='it\\'s x'", "postgres://db/app"],
  ["dbname=app host=/tmp", "postgres://127.0.0.1/app"],
  ["jdbc:postgresql://db:5432/app", "postgresql+asyncpg://db/app"],
  ["postgres://ep-a-pooler.eu.aws.neon.tech/app", "postgres://ep-a.eu.aws.neon.tech/app"],
  ["mysql://a@db/app", "user:pa@ss@tcp(db:3306)/app?parseTime=true"],
  ["mariadb://db/app", "mysql2://db:3306/app"],
  ["Server=tcp:sql.example,1433;Database=app;User Id=x;Password=y", "sqlserver://sql.example:1433;databaseName=app"],
  ["mongodb://a:b@h1:27017,h2/app?replicaSet=r", "mongodb://h2:27017/app"],
  ["mongodb://h", "mongodb://h/test"],
  ["redis://localhost", "rediss://127.0.0.1:6379/0"],
  ["redis://h/3", "redis://h?db=3"],
  ["amqp://a:b@rabbit", "amqp://rabbit:5672/%2F"],
  ["amqp://rabbit/", "amqp://rabbit//"],
  ["KAFKA_BROKERS=k1:9092,k2:9092", "KAFKA_URL=kafka://k2"],
  ["s3://media", "https://media.s3.eu-west-1.amazonaws.com/"],
  ["s3://media/public", "https://s3.eu-west-1.amazonaws.com/media/public"],
  ["s3://media", "https://s3.amazonaws.com/media"],
  ["s3://media/a", "s3://media"],
  ["S3_BUCKET=media", "STORAGE_URL=s3://media/"],
  ["STORAGE_URL=http://minio:9000/media", "STORAGE_URL=s3://media?endpoint=http://MINIO:9000"],
  ["gs://media", "https://storage.googleapis.com/media"],
  ["https://acct.blob.core.windows.net/media", "az://acct/media"],
  ["file:///srv/media", "STORAGE_URL=/srv//media/"],
  ["STORAGE_URL=/srv/media", "STORAGE_URL=/srv/media/public"],
  ["STORAGE_URL=./media", "STORAGE_URL=file:./media"],
  ["sqlite:///srv/app.db", "DATABASE_URL=file:/srv/x/../app.db?mode=ro"],
  ["SEARCH_URL=http://elastic:9200", "SEARCH_URL=http://user:pw@elastic:9200/"],
  ["QUEUE_URL=https://sqs.eu-west-1.amazonaws.com/1/jobs", "X=https://sqs.eu-west-1.amazonaws.com/1/jobs"],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ["postgres://db/app", "postgres://db/app2"],
  ["postgres://db/app", "postgres://db:5433/app"],
  ["postgres://db/app", "mysql://db/app"],
  ["postgres://staging-db/app", "postgres://db/app"],
  ["postgres://db/app?host=a", "postgres://db/app?host=b"],
  ["postgres:///app?host=/srv/pg-a", "postgres:///app?host=/srv/pg-b"],
  ["redis://h/1", "redis://h/2"],
  ["amqp://h/staging", "amqp://h/production"],
  ["s3://media", "s3://media-staging"],
  ["s3://media/production", "s3://media/production2"],
  ["s3://media", "gs://media"],
  ["s3://media?endpoint=http://a:9000", "s3://media?endpoint=http://b:9000"],
  ["STORAGE_URL=/srv/media", "STORAGE_URL=/srv/media-staging"],
];

const NOTHING = [
  "",
  "   ",
  "info",
  "8080",
  "true",
  "X=https://api.example/v1",
  "PAYMENTS_URL=https://api.example/v1",
  "S3_ENDPOINT=http://minio:9000",
  "sqlite::memory:",
  "LOG_DIR=/var/log",
  "2026-11:AAAA",
  "-----BEGIN KEY-----\nx\n-----END KEY-----",
  '{"a":1}',
  "a=b",
];

describe("pointsTo", () => {
  it.each(SAME)("%s is the place of %s", (a, b) => {
    const [first, second] = [place(a), place(b)];
    expect(first).not.toBeNull();
    expect(second).not.toBeNull();
    if (first === null || second === null) return;
    expect([first, second, samePlace(first, second), samePlace(second, first)]).toEqual([first, second, true, true]);
  });

  it.each(DIFFERENT)("%s is not the place of %s", (a, b) => {
    const [first, second] = [place(a), place(b)];
    expect(first).not.toBeNull();
    expect(second).not.toBeNull();
    if (first !== null && second !== null)
      expect([first, second, samePlace(first, second)]).toEqual([first, second, false]);
  });

  it.each(NOTHING)("%j names no database, queue or storage", (written) => expect(place(written)).toBeNull());

  it("says what is local to a machine", () => {
    expect(place("postgres://localhost/app")?.local).toBe(true);
    expect(place("postgres:///app")?.local).toBe(true);
    expect(place("STORAGE_URL=/srv/media")?.local).toBe(true);
    expect(place("postgres://db/app")?.local).toBe(false);
  });

  it("describes a place without user and password", () => {
    for (const [a, b] of [...SAME, ...DIFFERENT]) {
      for (const written of [a, b]) {
        const found = place(written);
        if (found !== null) expect(describePlace(found)).not.toMatch(/user:pw|a:b@|pa@ss|p@ss|password/i);
      }
    }
  });

  it("ends without an error on any text", () => {
    const text = fc.string({
      unit: fc.constantFrom(..."a:/@?#=&;%'\" ,.[]()\\0", "postgres://", "s3://", "host=", "tcp("),
      maxLength: 24,
    });
    fc.assert(
      fc.property(text, (value) => void pointsTo({ name: "DATABASE_URL", value })),
      { numRuns: 2000 },
    );
    for (const long of ["a ", "a", " ", "a=", "host='", "a://b:", "a://", "(", "/", "password='"]) {
      for (const value of [long.repeat(20_000), `host=${long.repeat(20_000)}`, `x://${long.repeat(20_000)}`]) {
        pointsTo({ name: "X_URL", value });
        passwordsIn(value);
      }
    }
  });
});

describe("placesOf", () => {
  const places = (values: Readonly<Record<string, string>>) =>
    placesOf(Object.entries(values).map(([name, value]) => ({ name, value }))).map(({ variable, place: found }) =>
      [variable.name, describePlace(found)].join(": "),
    );

  it("puts together what several variables say", () => {
    expect(places({ DB_HOST: "db", DB_PORT: "5433", DB_NAME: "app" })).toEqual(["DB_NAME: postgres db:5433/app"]);
    expect(places({ PGHOST: "/var/run/postgresql", PGDATABASE: "app" })).toEqual([
      "PGDATABASE: postgres localhost:5432/app",
    ]);
    expect(places({ MYSQL_HOST: "db", MYSQL_DATABASE: "app" })).toEqual(["MYSQL_DATABASE: mysql db:3306/app"]);
    expect(places({ APP_NAME: "blog", LOG_LEVEL: "info" })).toEqual([]);
  });

  it("takes the endpoint of an object store from the variable beside it", () => {
    expect(places({ S3_ENDPOINT: "http://minio:9000", S3_BUCKET: "media" })).toEqual([
      "S3_BUCKET: s3 minio:9000/media",
    ]);
    expect(places({ AWS_ENDPOINT_URL: "https://s3.eu-west-1.amazonaws.com", STORAGE_URL: "s3://media" })).toEqual([
      "STORAGE_URL: s3 media",
    ]);
  });
});
