import { StepFault } from "../fault.ts";
import { lockTimeoutOf, type MigrationRun } from "./migration-run.ts";
import { ask, type Session } from "./session.ts";

/** The advisory lock of a schema, as SQL: several services may share a database, each with a schema of its own. */
const KEY = "hashtextextended('sampan migrations of ' || $1, 0)";

/** The same key as the two halves under which pg_locks shows it. */
const HELD = `l.locktype = 'advisory' and l.objsubid = 1 and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
  and ((l.classid::bigint << 32) | l.objid::bigint) = ${KEY}`;

/**
 * Waits until no other session migrates this schema. It asks again and again and never waits inside the server: a session
 * that waits for an advisory lock holds a snapshot, and a CREATE INDEX CONCURRENTLY of the holder would wait for it in turn.
 */
export async function takeTurn(session: Session, run: MigrationRun): Promise<void> {
  const until = run.clock.monotonic() + lockTimeoutOf(run);
  let told = "";
  while (true) {
    const [row] = await ask<{ got: boolean }>(session, `select pg_try_advisory_lock(${KEY}) as got`, [session.schema]);
    if (row?.got === true) return;
    const holder = await whoHolds(session);
    const line = `${run.service}: waiting for ${holder}`;
    if (line !== told) run.log(line);
    told = line;
    if (run.clock.monotonic() >= until) {
      throw new StepFault({
        code: "migration-locked",
        message: `${run.service}: another session has been migrating ${session.schema} of ${session.place} for too long`,
        evidence: `${holder}; it ends by itself 30 s after its deployer stopped working`,
        retry: "safe",
      });
    }
    await run.clock.sleep(100 + 400 * run.random.fraction(), run.signal);
  }
}

async function whoHolds(session: Session): Promise<string> {
  const [holder] = await ask<{ pid: number; application_name: string; since: Date | null }>(
    session,
    `select a.pid, a.application_name, a.backend_start as since
     from pg_locks l join pg_stat_activity a using (pid) where ${HELD}`,
    [session.schema],
  );
  if (holder === undefined) return "a session that has just ended";
  const since = holder.since === null ? "" : `, connected since ${holder.since.toISOString()}`;
  return `pid ${holder.pid} (${holder.application_name || "unnamed"}${since})`;
}

/** A pooler that lends out a server connection per transaction loses the lock between two of them. */
export async function confirmTurn(session: Session): Promise<void> {
  const [row] = await ask<{ held: boolean }>(
    session,
    `select exists (select from pg_locks l where l.pid = pg_backend_pid() and ${HELD}) as held`,
    [session.schema],
  );
  if (row?.held === true) return;
  throw new StepFault({
    code: "migration-turn-lost",
    message: `the lock of the migrations is not held by the session that took it, on ${session.place}`,
    evidence: "a connection pooler in transaction mode does this: let the migration URL name the server itself",
  });
}
