import { join } from "node:path";
import pg from "pg";
import type { Clock } from "../../../io/clock.ts";
import { processEnvironment } from "../../../io/environment.ts";
import { removeFolder } from "../../../io/folders.ts";
import type { Random } from "../../../io/random.ts";
import { scratchFolder } from "../../../io/scratch-folder.ts";
import { postgresOf } from "../../../postgres/binaries.ts";
import { cachedCluster, clusterFolder, keepCluster } from "../../../postgres/cached-cluster.ts";
import { type PostgresOptions, type PostgresServer, startPostgres } from "../../../postgres/start-postgres.ts";
import { type Problem, problem, Refused } from "../../../problem.ts";
import { connectTo } from "../../session.ts";
import { LOG_PREFIX, ServerLog } from "./server-errors.ts";

/** A PostgreSQL whose databases may be made, spoilt and thrown away. */
export type ScratchServer = Readonly<{
  major: number;
  host: string;
  port: number;
  /** Every role that is made here has it. */
  password: string;
  /** Name of its superuser. */
  superuser: string;
  url: (database: string) => string;
  /** Null: its log cannot be read from here. */
  log: ServerLog | null;
  stop: () => Promise<void>;
}>;

export type ScratchWish = Readonly<{
  major: number;
  /** postgres:// of a superuser of a server that serves nothing else; null: one is started here. */
  url: string | null;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
}>;

/** A scratch server of that major version, or why there can be none and what to install. */
export async function openScratch(wish: ScratchWish): Promise<ScratchServer | Problem> {
  return wish.url === null ? startScratch(wish) : joinScratch(wish, wish.url);
}

async function startScratch({ major, clock, random, signal }: ScratchWish): Promise<ScratchServer | Problem> {
  const binaries = await postgresOf(major);
  if (binaries === null) {
    return problem(
      "no-scratch-postgres",
      `there is no PostgreSQL ${major} on this machine to prove migrations on`,
      `install it (Debian: postgresql-${major}), or name one by SAMPAN_SCRATCH_URL=postgres://superuser:password@host:port/postgres`,
    );
  }
  const folder = scratchFolder("scratch");
  const kept = clusterFolder(binaries, processEnvironment());
  const start = (superuserPassword: string, more: Pick<PostgresOptions, "copyOf" | "made">): Promise<PostgresServer> =>
    startPostgres({
      folder: join(folder, "server"),
      superuserPassword,
      owned: true,
      scratch: true,
      binaries,
      settings: [`log_line_prefix=${LOG_PREFIX}`, "max_wal_size=256MB", "autovacuum=off", "jit=off"],
      clock,
      signal,
      ...more,
    });
  const anew = (superuserPassword: string): Promise<PostgresServer> =>
    start(superuserPassword, {
      made: async (data) => {
        if (kept !== null) await keepCluster(kept, { data, password: superuserPassword }, random);
      },
    });
  const cached = kept === null ? null : await cachedCluster(kept);
  let password = cached?.password ?? random.hex(16);
  let server: PostgresServer;
  try {
    server = cached === null ? await anew(password) : await start(password, { copyOf: cached.data });
  } catch (error) {
    signal.throwIfAborted();
    if (cached === null || kept === null || !(error instanceof Refused)) throw error;
    // What was kept is of no use any more: a disk that was full, programs of another make under the same name.
    await removeFolder(kept).catch(() => undefined);
    await removeFolder(join(folder, "server"));
    password = random.hex(16);
    server = await anew(password);
  }
  return {
    major,
    host: "127.0.0.1",
    port: server.port,
    password,
    superuser: "postgres",
    url: server.adminUrl,
    log: new ServerLog(join(folder, "server", "server.log")),
    stop: async () => {
      await server.stop();
      await removeFolder(folder);
    },
  };
}

async function joinScratch({ major }: ScratchWish, url: string): Promise<ScratchServer | Problem> {
  const { client, place } = await connectTo(url, "sampan");
  try {
    const { rows } = await client.query<{ major: number; super: boolean; me: string; others: string[] }>(
      `select current_setting('server_version_num')::int / 10000 as major, rolsuper as super, rolname as me,
         array(select datname::text from pg_database where not datistemplate and datname not in ('postgres', current_database()) and datname not like 'sampan\\_%') as others
       from pg_roles where rolname = current_user`,
    );
    const [found] = rows;
    const wrong =
      found === undefined || found.major !== major
        ? `is PostgreSQL ${found?.major ?? "?"}, and the environment's is ${major}`
        : !found.super
          ? `does not let ${found.me} be a superuser`
          : found.others.length > 0
            ? `serves other databases too: ${found.others.slice(0, 3).join(", ")}`
            : null;
    if (wrong !== null || found === undefined) {
      return problem(
        "scratch-unusable",
        `the scratch server ${place} ${wrong ?? "answers nothing"}`,
        "SAMPAN_SCRATCH_URL names a superuser of a server of the environment's major version that serves nothing else",
      );
    }
    const at = new URL(url);
    return {
      major,
      host: client.host,
      port: client.port,
      password: decodeURIComponent(at.password),
      superuser: found.me,
      url: (database) => {
        const other = new URL(url);
        other.pathname = `/${encodeURIComponent(database)}`;
        return other.href;
      },
      log: null,
      stop: async () => undefined,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The same server as another role. */
export function urlAs(server: ScratchServer, role: string, database: string): string {
  const url = new URL(server.url(database));
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(server.password);
  return url.href;
}

/** A session of the superuser, closed whatever happens. */
export async function withAdmin<T>(
  server: ScratchServer,
  database: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: server.url(database), application_name: "sampan" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * As `withAdmin`, one after the other, whoever else proves on this server: what belongs to the whole of it (roles, the names of
 * databases) is changed by one at a time, or PostgreSQL answers `tuple concurrently updated`.
 */
export const inTurn = <T>(server: ScratchServer, use: (client: pg.Client) => Promise<T>): Promise<T> =>
  withAdmin(server, "postgres", async (client) => {
    // Ends with the session.
    await client.query("select pg_advisory_lock($1)", [TURN]);
    return use(client);
  });

/** Any number that Sampan takes for nothing else. */
const TURN = 7_210_455;
