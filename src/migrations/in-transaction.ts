import pg from "pg";
import { StepFault } from "../fault.ts";
import { type Blockers, watchBlockers } from "./blockers.ts";
import { isContention, lostConnection, wordsOf } from "./database-fault.ts";
import { lockTimeoutOf, type MigrationRun } from "./migration-run.ts";
import { raiseFence } from "./records.ts";
import { ask, type Session } from "./session.ts";
import { confirmTurn } from "./turn.ts";

/** COMMIT was sent and no answer came: only the database can say whether it happened. */
export class CommitUnknown extends Error {}

/**
 * Runs `body` in a transaction that first compares the fence. The transaction waits 50–200 ms for any one lock, because those
 * who come after a waiting ALTER TABLE wait with it; then it gives way and begins again, until `lockTimeout` is over.
 */
export async function inTransaction<T>(
  session: Session,
  run: MigrationRun,
  work: Readonly<{ name: string; body: () => Promise<T> }>,
): Promise<T> {
  const until = run.clock.monotonic() + lockTimeoutOf(run);
  let blockers: Blockers | null = null;
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(session, run, work.body);
      } catch (error) {
        if (!isContention(error)) throw error;
        if (blockers !== null && run.clock.monotonic() >= until) throw gaveUp(run, work.name, blockers.seen(), error);
        if (blockers === null) run.log(`${run.service}: ${work.name} gives way: ${wordsOf(error)}`);
        // Not at once: most waits end by themselves, and a second connection costs the server one.
        blockers ??= watchBlockers(session, run, 20);
        await run.clock.sleep(Math.min(2_000, 50 * attempt) * (1 + run.random.fraction()), run.signal);
      }
    }
  } finally {
    await blockers?.stop();
  }
}

async function once<T>(session: Session, run: MigrationRun, body: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    await ask(session, "begin");
    await ask(session, `set local lock_timeout = ${50 + Math.floor(150 * run.random.fraction())}`);
    await raiseFence(session, run);
    await confirmTurn(session);
    result = await body();
    session.signal.throwIfAborted();
  } catch (error) {
    await rollBack(session);
    if (error instanceof StepFault || session.signal.aborted || !lostConnection(error)) throw error;
    throw new StepFault({
      code: "migration-interrupted",
      message: `${run.service}: the connection to ${session.place} was lost: ${wordsOf(error)}`,
      evidence: "COMMIT had not been sent: nothing of this migration was applied",
      retry: "safe",
    });
  }
  // From here on nothing is cancelled: whoever hangs up now does not know what happened.
  const answer = await session.client.query("commit").catch((error: unknown) => {
    if (lostConnection(error)) throw new CommitUnknown(wordsOf(error));
    throw error;
  });
  if (answer.command !== "COMMIT") {
    throw new StepFault({
      code: "migration-rolled-back",
      message: `${run.service}: PostgreSQL answered COMMIT with ${answer.command}: nothing was applied`,
    });
  }
  return result;
}

const rollBack = (session: Session): Promise<unknown> => session.client.query("rollback").catch(() => undefined);

const gaveUp = (run: MigrationRun, name: string, blockers: string, error: unknown): StepFault =>
  new StepFault({
    code: "migration-lock-timeout",
    message: `${run.service}: ${name} did not get its locks within ${lockTimeoutOf(run) / 1000} s${blockers === "" ? "" : `; in the way: ${blockers}`}`,
    evidence: `${error instanceof pg.DatabaseError ? wordsOf(error) : ""}\nnothing of it was applied: its transaction was rolled back`,
    retry: "safe",
  });
