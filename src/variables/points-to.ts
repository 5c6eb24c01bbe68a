import { canonicalHosts } from "./canonical-host.ts";
import { type Dsn, readDsn } from "./dsn.ts";
import type { Place } from "./place.ts";
import { bucket, readBucket, readFolder, readOwnStorage } from "./storage-place.ts";

type Engine = Readonly<{ engine: string; holds: Place["holds"]; port: number; fallback: string }>;

const database = (engine: string, port: number, fallback = ""): Engine => ({
  engine,
  holds: "database",
  port,
  fallback,
});
const queue = (engine: string, port: number, fallback = ""): Engine => ({ engine, holds: "queue", port, fallback });

/** `fallback`: the database or virtual host where none is named. */
const ENGINES: ReadonlyMap<string, Engine> = new Map([
  ...["postgres", "postgresql", "pgsql", "postgis", "psql"].map(
    (scheme) => [scheme, database("postgres", 5432)] as const,
  ),
  ...["cockroachdb", "cockroach"].map((scheme) => [scheme, database("cockroach", 26257)] as const),
  ...["mysql", "mysql2", "mariadb"].map((scheme) => [scheme, database("mysql", 3306)] as const),
  ...["mssql", "sqlserver"].map((scheme) => [scheme, database("sqlserver", 1433)] as const),
  ...["mongodb", "mongo"].map((scheme) => [scheme, database("mongodb", 27017, "test")] as const),
  ...["redis", "rediss", "valkey", "valkeys", "keydb"].map((scheme) => [scheme, database("redis", 6379, "0")] as const),
  ["clickhouse", database("clickhouse", 9000, "default")],
  ["cassandra", database("cassandra", 9042)],
  ["neo4j", database("neo4j", 7687)],
  ["bolt", database("neo4j", 7687)],
  ["memcached", database("memcached", 11211)],
  ["amqp", queue("amqp", 5672, "/")],
  ["amqps", queue("amqp", 5671, "/")],
  ["kafka", queue("kafka", 9092)],
  ["nats", queue("nats", 4222)],
  ["tls", queue("nats", 4222)],
  ["mqtt", queue("mqtt", 1883)],
  ["mqtts", queue("mqtt", 8883)],
  ["stomp", queue("stomp", 61613)],
  ["pulsar", queue("pulsar", 6650)],
]);

const STORAGE_NAME = /STORAGE|BUCKET|BLOB|MEDIA|UPLOAD|S3|MINIO|(^|_)FILES?(_|$)|DATA_?(DIR|PATH|FOLDER)/i;
const DATABASE_NAME =
  /DATABASE|(^|_)DB(_|$)|ELASTIC|OPENSEARCH|CLICKHOUSE|INFLUX|COUCH|MEILI|QDRANT|SEARCH_URL|SQLITE/i;
const QUEUE_NAME = /QUEUE|BROKER|SQS|AMQP|KAFKA|RABBIT|NATS/i;

/**
 * Which database, queue or storage a variable names; null: none. `base` is what relative folders start from; `endpoint` is the
 * object store's address where another variable gives it. Pure: nothing is resolved or asked.
 */
export function pointsTo(
  variable: Readonly<{ name: string; value: string }>,
  given: Readonly<{ base?: string; endpoint?: string | null }> = {},
): Place | null {
  const { name } = variable;
  const value = variable.value.trim();
  const base = given.base ?? "";
  if (value === "") return null;
  const local = /^(?:file|sqlite3?|libsql|duckdb):(?:\/\/(?=\/|\.))?(.+)$/i.exec(value);
  if (local !== null && !/^\/\/[^/.]/.test(local[1] ?? "")) return localFile(local[1] ?? "", base);
  const dsn = readDsn(value);
  if (dsn !== null) {
    const engine = ENGINES.get(dsn.scheme);
    if (engine !== undefined) return server(dsn, engine);
    const known = readBucket(dsn);
    if (known !== null)
      return known.hosts.length > 0 || !given.endpoint ? known : bucket(known.engine, known.path, given.endpoint);
    if (dsn.scheme === "http" || dsn.scheme === "https") return http(name, dsn);
    return null;
  }
  if (/^[./]/.test(value) && !/\s/.test(value))
    return STORAGE_NAME.test(name) || DATABASE_NAME.test(name) ? localFile(value, base) : null;
  if (QUEUE_NAME.test(name) && /^[\w.-]+:\d+(,[\w.-]+:\d+)*$/.test(value))
    return { ...queuePlace("kafka"), ...canonicalHosts(value, 9092) };
  if (/BUCKET(_NAME)?$/i.test(name) && /^[a-z0-9][\w.-]+$/.test(value))
    return bucket("s3", value, given.endpoint ?? null);
  return null;
}

const queuePlace = (engine: string) => ({ holds: "queue" as const, engine, path: "" });

function localFile(written: string, base: string): Place | null {
  const path = written.replace(/[?#].*$/, "");
  return path === "" || path.startsWith(":memory:") ? null : readFolder(path, base);
}

const SOCKET_FOLDERS = new Set(["/tmp", "/run/postgresql", "/var/run/postgresql", "/var/run/mysqld", "/run/mysqld"]);

/** Supabase's pooler is told the project by the user: `postgres.abcd` there is the project's own server. */
function withoutPooler(dsn: Dsn): Dsn {
  const project = /^[^.]+\.([a-z0-9]+)$/.exec(dsn.user ?? "")?.[1];
  if (project === undefined || !/\.pooler\.supabase\.com(?::\d+)?$/i.test(dsn.hosts)) return dsn;
  return { ...dsn, hosts: `db.${project}.supabase.co`, port: null };
}

function server(written: Dsn, engine: Engine): Place | null {
  const dsn = withoutPooler(written);
  const query = (...names: readonly string[]) =>
    names.map((name) => dsn.query.get(name)).find((value) => value !== undefined);
  // libpq and its kin let parameters win over the URL's own places.
  const hosts = query("host", "hostaddr", "socket", "unix_socket") ?? dsn.hosts;
  const port = Number(query("port") ?? dsn.port ?? engine.port) || engine.port;
  // A name may come as a path of several segments (a keyspace, a channel); a trailing slash is none.
  const name = query("dbname", "database", "databasename", "db", "vhost") ?? dsn.path;
  const path = (engine.engine === "amqp" ? name : name.replace(/\/+$/, "")) || engine.fallback || (dsn.user ?? "");
  const named = { holds: engine.holds, engine: engine.engine, path };
  const socket = hosts.startsWith("/") ? hosts.replace(/\/[^/]*\.(?:sock|s\.PGSQL\.\d+)$|\/+$/g, "") : null;
  if (socket === null) return { ...named, ...canonicalHosts(hosts, port) };
  const folder = SOCKET_FOLDERS.has(socket) ? "localhost" : socket;
  return { ...named, hosts: [`${folder}:${port}`], local: true };
}

/** Most web addresses are somebody's API and may well be shared: only what the name calls a database, queue or storage counts. */
function http(name: string, dsn: Dsn): Place | null {
  const { hosts, local } = canonicalHosts(dsn.hosts, dsn.scheme === "https" ? 443 : 80);
  const path = dsn.path.replace(/\/+$/, "");
  if (QUEUE_NAME.test(name) || /^(sqs|queue)[.-]/.test(dsn.hosts))
    return { holds: "queue", engine: "http", hosts, path, local };
  if (DATABASE_NAME.test(name)) return { holds: "database", engine: "http", hosts, path, local };
  return STORAGE_NAME.test(name) ? readOwnStorage(dsn) : null;
}
