import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import pg from "pg";
import { type Clock, systemClock } from "../io/clock.ts";
import { publishFolder } from "../io/copy-folder.ts";
import { sha256 } from "../io/digest.ts";
import { run } from "../io/exec.ts";
import { readTextIfThere, writeDurably } from "../io/files.ts";
import { freePort } from "../io/free-port.ts";
import { closedFolders, makeFolderFor, openForPassage } from "../io/ownership.ts";
import { removeDurably } from "../io/remove-durably.ts";
import { endWithUs, type ServerProcess, spawnServer } from "../io/server-process.ts";
import { problem, Refused } from "../problem.ts";
import { findPostgres, type PostgresBinaries } from "./binaries.ts";
import { copyCluster } from "./cached-cluster.ts";
import { type ServerUser, serverUser } from "./server-user.ts";
import { stopPostgres } from "./stop-postgres.ts";

export type PostgresServer = Readonly<{
  pid: number;
  port: number;
  /** URL of a database as the superuser `postgres`. */
  adminUrl: (database: string) => string;
  /** Fast shutdown: sessions are ended, everything committed is on disk. Stopped already is success. */
  stop: () => Promise<void>;
}>;

export type PostgresOptions = Readonly<{
  /** Absolute; made and filled when it is not there. Holds `data/` and `server.log`. */
  folder: string;
  superuserPassword: string;
  /** Omitted or 0: any free port. */
  port?: number;
  /** The server is shut down when this process is gone, however it went. Otherwise it stays until `stopPostgres(folder)`. */
  owned?: boolean;
  /** Omitted: the first that this machine has. */
  binaries?: PostgresBinaries;
  /** Its data is thrown away afterwards: nothing is synced to the disk. */
  scratch?: boolean;
  /** A data folder that was made before, with this password: it is copied, which takes a fraction of the time. */
  copyOf?: string;
  /** Sees a data folder that was made anew, before the server runs on it. */
  made?: (data: string) => Promise<void>;
  /** Further settings, as `name=value`. */
  settings?: readonly string[];
  clock?: Clock;
  signal?: AbortSignal;
}>;

/** Starts a real PostgreSQL on the loopback interface, for the demo, for proofs and for tests: fsync on unless it is `scratch`, passwords checked. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const clock = options.clock ?? systemClock;
  const user = await serverUser();
  const data = join(options.folder, "data");
  makeFolderFor(options.folder, user);
  if (user !== null) letThrough(options.folder, user);
  const binaries = await reachableBinaries(user, options.binaries ?? (await findPostgres()));
  if ((await readTextIfThere(join(data, "PG_VERSION"))) === null) {
    if (options.copyOf === undefined) {
      await initialise({ binaries, data, user, options });
      await options.made?.(data);
    } else await copyCluster(options.copyOf, data);
  }
  await stopPostgres(options.folder, clock);

  let lastLog = "";
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const port = options.port || (await freePort());
    const server = await launch({ binaries, data, user, port, options });
    const adminUrl = (database: string) =>
      `postgres://postgres:${encodeURIComponent(options.superuserPassword)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
    if (await ready({ server, url: adminUrl("postgres"), clock, signal: options.signal ?? null })) {
      const callOff = options.owned === true ? endWithUs(server.pid, join(data, "postmaster.pid"), user) : null;
      return {
        pid: server.pid,
        port,
        adminUrl,
        stop: async () => {
          await stopPostgres(options.folder, clock);
          callOff?.();
        },
      };
    }
    lastLog = ((await readTextIfThere(join(options.folder, "server.log"))) ?? "")
      .trim()
      .split("\n")
      .slice(-5)
      .join("\n");
    // Between our looking for a free port and its listening, somebody else may have taken it.
    if (options.port || !lastLog.includes("Address already in use")) break;
  }
  throw new Refused([
    problem(
      "postgres-not-started",
      `PostgreSQL did not start: ${lastLog}`,
      `see ${join(options.folder, "server.log")}`,
    ),
  ]);
}

/** Scratch folders are made for their owner only; another user's server must be able to go through them. */
function letThrough(folder: string, user: ServerUser): void {
  const scratch = tmpdir();
  for (const closed of closedFolders(dirname(folder))) {
    if (!closed.startsWith(`${scratch}/`)) {
      throw new Refused([
        problem(
          "postgres-folder-closed",
          `PostgreSQL must run as ${user.name} here, who cannot go through ${closed}`,
          `put the folder below ${scratch}, or run this as an ordinary user`,
        ),
      ]);
    }
    openForPassage(closed);
  }
}

/** The package may lie below root's own closed home folder: its server then runs from a copy. */
async function reachableBinaries(user: ServerUser | null, binaries: PostgresBinaries): Promise<PostgresBinaries> {
  const bin = dirname(binaries.postgres);
  if (user === null || binaries.from === "system" || closedFolders(bin).length === 0) return binaries;
  const copy = join(tmpdir(), `sampan-postgres-${sha256(bin).slice(0, 12)}`);
  await publishFolder(dirname(bin), copy);
  return {
    ...binaries,
    initdb: join(copy, basename(bin), basename(binaries.initdb)),
    postgres: join(copy, basename(bin), basename(binaries.postgres)),
  };
}

const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" };

async function initialise(at: {
  binaries: PostgresBinaries;
  data: string;
  user: ServerUser | null;
  options: PostgresOptions;
}): Promise<void> {
  const passwordFile = join(at.options.folder, "password");
  writeDurably(passwordFile, `${at.options.superuserPassword}\n`, at.user === null ? 0o600 : 0o644);
  try {
    const made = await run({
      argv: [
        at.binaries.initdb,
        `--pgdata=${at.data}`,
        "--username=postgres",
        "--auth=scram-sha-256",
        `--pwfile=${passwordFile}`,
        "--encoding=UTF8",
        "--locale=C",
        ...(at.options.scratch === true ? ["--no-sync"] : []),
      ],
      cwd: "/",
      env: ENVIRONMENT,
      timeout: 120_000,
      ...(at.options.signal === undefined ? {} : { signal: at.options.signal }),
      ...(at.user === null ? {} : { user: { uid: at.user.uid, gid: at.user.gid } }),
    });
    if (made.exitCode === 0) return;
    throw new Refused([
      problem("postgres-not-made", `initdb failed: ${(made.stderr || made.stdout || made.failure || "").trim()}`),
    ]);
  } finally {
    removeDurably(passwordFile);
  }
}

const launch = (at: {
  binaries: PostgresBinaries;
  data: string;
  user: ServerUser | null;
  port: number;
  options: PostgresOptions;
}): Promise<ServerProcess> =>
  spawnServer({
    argv: [
      at.binaries.postgres,
      ...["-D", at.data, "-p", String(at.port)],
      ...["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"],
      ...(at.options.scratch === true ? ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] : []).flatMap(
        (setting) => ["-c", setting],
      ),
      ...(at.options.settings ?? []).flatMap((setting) => ["-c", setting]),
    ],
    cwd: "/",
    env: ENVIRONMENT,
    log: join(at.options.folder, "server.log"),
    user: at.user === null ? null : { uid: at.user.uid, gid: at.user.gid },
  });

/** True once it answers with our password; false when it ended before. */
async function ready(at: {
  server: ServerProcess;
  url: string;
  clock: Clock;
  signal: AbortSignal | null;
}): Promise<boolean> {
  const until = at.clock.monotonic() + 60_000;
  let last: unknown = null;
  while (at.clock.monotonic() < until) {
    if (at.server.ended() !== null) return false;
    const client = new pg.Client({ connectionString: at.url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      last = error;
      // A folder made earlier with another password: waiting would not help.
      if ((error as { code?: string }).code === "28P01") break;
    }
    await at.clock.sleep(20, at.signal ?? undefined);
  }
  throw new Refused([problem("postgres-not-ready", `PostgreSQL runs but cannot be used: ${(last as Error).message}`)]);
}
