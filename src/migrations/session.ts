import pg from "pg";
import { StepFault } from "../fault.ts";
import { unreachable } from "./database-fault.ts";
import type { MigrationRun } from "./migration-run.ts";
import { refusePooler } from "./refuse-pooler.ts";
import { refuseStandby } from "./refuse-standby.ts";

/** One dedicated connection; its lock and its transaction die with it. */
export type Session = Readonly<{
  client: pg.Client;
  pid: number;
  /** Where the role's search_path makes new tables; quoted. */
  schema: string;
  /** `host:port/database`, for messages. */
  place: string;
  signal: AbortSignal;
  url: string;
}>;

const CONNECT_WITHIN = 10_000;

/** A client that never brings the process down and never shows its URL. */
export async function connectTo(url: string, name: string): Promise<{ client: pg.Client; place: string }> {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new StepFault({
      code: "database-url",
      message: "the migration URL is not of the form postgres://user:password@host:port/database",
    });
  }
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_WITHIN,
    keepAlive: true,
    keepAliveInitialDelayMillis: CONNECT_WITHIN,
  });
  // A connection may break between two statements; the next statement then says so.
  client.on("error", () => undefined);
  const place = `${client.host}:${client.port}/${client.database ?? ""}`;
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(place, error);
  }
  return { client, place };
}

export async function openSession(run: MigrationRun): Promise<Session> {
  run.signal.throwIfAborted();
  const { client, place } = await connectTo(run.url, nameOf(run));
  try {
    client.on("notice", (notice) => run.log(`${run.service}: ${notice.severity}: ${notice.message}`));
    // Before anything is set: what a shared server connection is told stays on it.
    await refusePooler(client, run.url, place);
    await refuseStandby(client, place);
    await configure(client, run);
    const { rows } = await client.query<{ pid: number; schema: string | null }>(
      "select pg_backend_pid() as pid, quote_ident(current_schema()) as schema",
    );
    const { pid = 0, schema = null } = rows[0] ?? {};
    if (schema === null) {
      throw new StepFault({
        code: "migration-schema",
        message: `the migration role of ${run.service} has no schema on ${place}`,
        evidence: "none of the schemas in its search_path exists; make one, or set the role's search_path",
      });
    }
    return { client, pid, schema, place, signal: run.signal, url: run.url };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error instanceof StepFault ? error : unreachable(place, error);
  }
}

const nameOf = (run: MigrationRun): string => `sampan ${run.release}`;

/**
 * A deployer that is stopped or cut off must not keep its locks: the server itself ends its session, one that holds a transaction open after a
 * second, because whoever needs the same table waits as long. What is recorded as applied is on the server's disk, whatever its default. Set by `set_config` from the list of settings, because not all servers know all of them.
 */
export async function configure(client: pg.Client, run: MigrationRun): Promise<void> {
  await client.query(
    `select set_config(s.name, w.value, false) from pg_settings s join (values
       ('application_name', $1), ('idle_in_transaction_session_timeout', '1s'), ('idle_session_timeout', '30s'), ('client_connection_check_interval', '1s'),
       ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
       ('statement_timeout', '0'), ('transaction_timeout', '0'),
       ('synchronous_commit', case when current_setting('synchronous_commit') in ('off', 'local') then 'on' else current_setting('synchronous_commit') end)
     ) w (name, value) using (name)`,
    [nameOf(run)],
  );
  if (run.schema !== undefined)
    await client.query("select set_config('search_path', quote_ident($1), false)", [run.schema]);
}

/** One statement. When the signal aborts, the server is told to stop it; the caller then gets the signal's reason. */
export async function ask<Row extends pg.QueryResultRow>(
  session: Session,
  text: string,
  values?: readonly unknown[],
): Promise<readonly Row[]> {
  session.signal.throwIfAborted();
  const onAbort = () => void cancel(session);
  session.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const answer = await (values === undefined
      ? session.client.query<Row>(text)
      : session.client.query<Row>(text, [...values]));
    return answer.rows;
  } catch (error) {
    session.signal.throwIfAborted();
    throw error;
  } finally {
    session.signal.removeEventListener("abort", onAbort);
  }
}

/** Hanging up would not do: the server would go on with the statement, and hold its locks, until it had to speak to us. */
async function cancel(session: Session): Promise<void> {
  try {
    const { client } = await connectTo(session.url, "sampan cancel");
    await client.query("select pg_cancel_backend($1)", [session.pid]);
    await client.end();
  } catch {
    await closeSession(session);
  }
}

export async function closeSession(session: Session): Promise<void> {
  await session.client.end().catch(() => undefined);
}
