import { expect, it } from "vitest";
import { samePlace } from "./place.ts";
import { placesOf } from "./places-of.ts";
import { pointsTo } from "./points-to.ts";
import { type Aliases, namesInDoubt, sameByAlias } from "./same-server.ts";

/** What names stand for, as DNS and the hosts file would say. */
const NAMES: Aliases = new Map([
  ["db-staging.internal", { names: ["pg-1.internal"], addresses: ["10.1.0.5"] }],
  ["db-production.internal", { names: ["pg-1.internal"], addresses: ["10.1.0.5"] }],
  ["pg-1.internal", { names: [], addresses: ["10.1.0.5"] }],
  ["pg-2.internal", { names: [], addresses: ["10.1.0.6"] }],
  ["pg", { names: [], addresses: ["10.1.0.5"] }],
  ["queue.internal", { names: ["rabbit-1.internal"], addresses: ["fd00::7"] }],
  ["rabbit-1.internal", { names: [], addresses: ["fd00::7"] }],
  ["minio", { names: [], addresses: ["192.168.3.4"] }],
  ["storage.example", { names: [], addresses: ["192.168.3.4"] }],
  ["cache", { names: [], addresses: ["172.20.0.9"] }],
  ["ep-a.eu.aws.neon.tech", { names: ["proxy.eu.aws.neon.tech"], addresses: ["3.64.1.1"] }],
  ["ep-b.eu.aws.neon.tech", { names: ["proxy.eu.aws.neon.tech"], addresses: ["3.64.1.1"] }],
  ["a.hosted.example", { names: [], addresses: ["203.0.113.9"] }],
  ["b.hosted.example", { names: [], addresses: ["203.0.113.9"] }],
  ["tiny-a", { names: [], addresses: [] }],
  ["localhost", { names: [], addresses: ["127.0.0.1", "::1"] }],
  ["this-machine", { names: [], addresses: ["127.0.0.1"] }],
]);

type Pair = readonly [string, string];

/** Things that one can name in two ways. */
const SAME: readonly Pair[] = [
  ["postgres://a@db-staging.internal/app", "postgres://b@db-production.internal:5432/app"],
  ["postgres://db-staging.internal/app", "postgres://pg-1.internal/app"],
  ["postgres://pg/app", "postgres://10.1.0.5/app"],
  ["postgres://pg/app", "host=pg-1.internal dbname=app user=x"],
  ["postgres://this-machine/app", "postgres:///app?user=x"],
  ["amqp://queue.internal", "amqp://rabbit-1.internal:5672/%2F"],
  ["amqp://queue.internal", "amqp://[fd00::7]"],
  ["STORAGE_URL=http://minio:9000/media", "STORAGE_URL=http://storage.example:9000/media"],
  ["redis://cache/1", "redis://172.20.0.9:6379/1"],
  ["postgres://db-production.internal,pg-2.internal/app", "postgres://10.1.0.6/app"],
  // By what is written alone.
  ["postgres://ep-a-pooler.eu.aws.neon.tech/app", "postgres://ep-a.eu.aws.neon.tech/app"],
  [
    "postgres://postgres.abcd:x@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
    "postgres://postgres:y@db.abcd.supabase.co:5432/postgres",
  ],
  [
    "postgres://x@app.cluster-ro-1.eu-west-1.rds.amazonaws.com/app",
    "postgres://y@app.cluster-1.eu-west-1.rds.amazonaws.com/app",
  ],
  ["postgres://reader:x@db/app", "postgres://db/app?password=y&user=owner"],
  ["https://s3.eu-west-1.amazonaws.com/media", "https://media.s3.amazonaws.com"],
  ["STORAGE_URL=s3://media?endpoint=http://minio:9000", "STORAGE_URL=http://192.168.3.4:9000/media"],
  ["mongodb://a@pg-1.internal:27017/app", "mongodb://pg-2.internal,10.1.0.5/app"],
  ["KAFKA_BROKERS=pg:9092", "KAFKA_BROKERS=10.1.0.5:9092,10.9.9.9:9092"],
  ["mysql://pg/app", "user:pw@tcp(10.1.0.5:3306)/app"],
];

/** Things that only look alike. */
const DIFFERENT: readonly Pair[] = [
  ["postgres://pg-1.internal/app", "postgres://pg-2.internal/app"],
  ["postgres://db-staging.internal/app", "postgres://pg-1.internal/app_staging"],
  ["postgres://db-staging.internal/app", "postgres://pg-1.internal:5433/app"],
  ["postgres://db-staging.internal/app", "mysql://pg-1.internal/app"],
  // Many tenants behind one proxy, by name or by address.
  ["postgres://ep-a.eu.aws.neon.tech/app", "postgres://ep-b.eu.aws.neon.tech/app"],
  ["postgres://a.hosted.example/app", "postgres://b.hosted.example/app"],
  [
    "postgres://postgres.abcd@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
    "postgres://postgres.efgh@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
  ],
  [
    "postgres://x@app-1.cluster-1.eu-west-1.rds.amazonaws.com/app",
    "postgres://x@app-2.cluster-1.eu-west-1.rds.amazonaws.com/app",
  ],
  ["postgres://tiny-a/app", "postgres://unknown-b/app"],
  ["redis://cache/1", "redis://172.20.0.9:6379/2"],
  ["redis://cache:6379/1", "redis://cache:6380/1"],
  ["amqp://queue.internal/staging", "amqp://rabbit-1.internal/production"],
  ["STORAGE_URL=http://minio:9000/media", "STORAGE_URL=http://storage.example:9000/media-staging"],
  ["STORAGE_URL=http://minio:9000/media", "STORAGE_URL=https://minio/media"],
  ["s3://media", "s3://media-production"],
  ["https://media.s3.amazonaws.com", "https://s3.amazonaws.com/media2"],
  ["s3://media", "gs://media"],
  ["STORAGE_URL=/srv/shop", "STORAGE_URL=/srv/shop-staging"],
  ["mongodb://pg-1.internal/app", "mongodb://pg-1.internal/app2"],
  ["mysql://pg/app", "mysql://pg-2.internal/app"],
  [
    "QUEUE_URL=https://sqs.eu-west-1.amazonaws.com/1/jobs",
    "QUEUE_URL=https://sqs.eu-west-1.amazonaws.com/1/jobs-staging",
  ],
];

function placeOf(written: string) {
  const [name = "", value = ""] = /^[A-Z_0-9]+=/.test(written) ? written.split(/=(.*)/s) : ["DATABASE_URL", written];
  const place = pointsTo({ name, value });
  if (place === null) throw new Error(`${written} points nowhere`);
  return place;
}

const isSame = ([a, b]: Pair): boolean => {
  const [first, second] = [placeOf(a), placeOf(b)];
  return samePlace(first, second) || sameByAlias(first, second, NAMES) !== null;
};

it.each(SAME)("%s is %s", (...pair) => {
  expect(isSame(pair)).toBe(true);
  expect(isSame([pair[1], pair[0]])).toBe(true);
});

it.each(DIFFERENT)("%s is not %s", (...pair) => {
  expect(isSame(pair)).toBe(false);
  expect(isSame([pair[1], pair[0]])).toBe(false);
});

it("says how it is known", () => {
  expect(
    sameByAlias(placeOf("postgres://db-staging.internal/app"), placeOf("postgres://db-production.internal/app"), NAMES),
  ).toBe("db-staging.internal and db-production.internal are aliases of pg-1.internal");
  expect(sameByAlias(placeOf("postgres://pg/app"), placeOf("postgres://pg-1.internal/app"), NAMES)).toBe(
    "pg and pg-1.internal are both 10.1.0.5",
  );
});

it("looks up no name where the answer would change nothing", () => {
  const doubt = (a: string, b: string) => namesInDoubt(placeOf(a), placeOf(b));
  expect(doubt("postgres://a/app", "postgres://b/app")).toEqual(["a", "b"]);
  expect(doubt("postgres://a/app", "postgres://b/other")).toEqual([]);
  expect(doubt("postgres://a:1/app", "postgres://b:2/app")).toEqual([]);
  expect(doubt("postgres://a/app", "postgres://a/app")).toEqual([]);
  expect(doubt("s3://a", "s3://a")).toEqual([]);
});

it("takes a namespace together with the server or context that it is of", () => {
  const namespaces = (values: Readonly<Record<string, string>>) =>
    placesOf(Object.entries(values).map(([name, value]) => ({ name, value }))).map(({ place }) => place);
  const [a] = namespaces({ TEMPORAL_NAMESPACE: "shop", TEMPORAL_ADDRESS: "temporal-a:7233" });
  const [b] = namespaces({ TEMPORAL_NAMESPACE: "shop", TEMPORAL_ADDRESS: "temporal-b:7233" });
  const [c] = namespaces({ TEMPORAL_NAMESPACE: "shop", TEMPORAL_ADDRESS: "temporal-a:7233" });
  if (a === undefined || b === undefined || c === undefined) throw new Error("no place");
  expect([samePlace(a, b), samePlace(a, c)]).toEqual([false, true]);
  const [d] = namespaces({ KUBE_NAMESPACE: "shop", KUBE_CONTEXT: "staging" });
  const [e] = namespaces({ KUBE_NAMESPACE: "shop", KUBE_CONTEXT: "production" });
  const [f] = namespaces({ K8S_NAMESPACE: "shop", K8S_CONTEXT: "staging" });
  if (d === undefined || e === undefined || f === undefined) throw new Error("no place");
  expect([samePlace(d, e), samePlace(d, f)]).toEqual([false, true]);
  expect(namespaces({ KUBE_NAMESPACE: "shop" })).toEqual([]);
});
