import pg from "pg";
import { StepFault } from "../fault.ts";

const PATIENCE = 3_000;

/**
 * A pooler in transaction mode lends out one server connection after another: locks and settings of a session would then be somebody else's.
 * Two things give it away. It makes up the process id that a client is told. And while this client holds nothing, a second one is lent the very
 * same server process; in session mode it would get another one, or wait.
 */
export async function refusePooler(client: pg.Client, url: string, place: string): Promise<void> {
  const own = await pidOf(client);
  if (own === toldPid(client)) return;
  const second = new pg.Client({
    connectionString: url,
    application_name: "sampan",
    connectionTimeoutMillis: PATIENCE,
  });
  second.on("error", () => undefined);
  try {
    await second.connect();
    await second.query("begin");
    // The first is asked once more while the second holds on to its server connection.
    const lent = await pidOf(second);
    const [again] = await Promise.all([pidOf(client), second.query("select pg_sleep(0.05)")]);
    if (lent !== own && again === own) return;
  } catch {
    // A session-mode pooler with no connection to spare lets the second wait: nothing was shared.
    if ((await pidOf(client)) === own) return;
  } finally {
    await second.end().catch(() => undefined);
  }
  throw new StepFault({
    code: "database-pooled",
    message: `${place} is a connection pooler in transaction mode: a migration needs a session of its own`,
    evidence:
      "it would lose its lock between two transactions, and leave its settings to others; let the migration URL name the server itself, or a pool in session mode",
  });
}

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>({
    text: "select pg_backend_pid() as pid",
    query_timeout: PATIENCE,
  } as pg.QueryConfig);
  return rows[0]?.pid ?? 0;
}

/** What the server, or who stands before it, said at the beginning of the session. */
const toldPid = (client: pg.Client): number => (client as unknown as { processID: number | null }).processID ?? 0;
