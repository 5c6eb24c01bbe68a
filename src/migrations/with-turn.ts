import { StepFault } from "../fault.ts";
import { wordsOf } from "./database-fault.ts";
import type { MigrationRun } from "./migration-run.ts";
import { ensureTables } from "./records.ts";
import { closeSession, openSession, type Session } from "./session.ts";
import { takeTurn } from "./turn.ts";

/** The session that has its turn; another one after a connection was lost. */
export type Turn = { session: Session };

/** Runs `body` while no other deployer migrates the same schema. */
export async function withTurn<T>(run: MigrationRun, body: (turn: Turn) => Promise<T>): Promise<T> {
  const turn: Turn = { session: await openSession(run) };
  try {
    await takeTurn(turn.session, run);
    await ensureTables(turn.session).catch((error: unknown) => {
      if (error instanceof StepFault || run.signal.aborted) throw error;
      throw new StepFault({
        code: "migration-tables",
        message: `${run.service}: the tables that record migrations cannot be made in ${turn.session.schema} of ${turn.session.place}: ${wordsOf(error)}`,
        evidence: "the role of the migration URL must be allowed to create tables in its schema",
        retry: "safe",
      });
    });
    return await body(turn);
  } catch (error) {
    if (error instanceof StepFault || run.signal.aborted) throw error;
    throw new StepFault({
      code: "migration-interrupted",
      message: `${run.service}: ${wordsOf(error)}, on ${turn.session.place}`,
      evidence: "no transaction was being committed then: no migration is applied by half",
      retry: "safe",
    });
  } finally {
    await closeSession(turn.session);
  }
}

/**
 * Connects again after a lost COMMIT. Having the turn means that the old session is over, its transaction committed or not:
 * what is read then is final.
 */
export async function reconnect(turn: Turn, run: MigrationRun): Promise<void> {
  await closeSession(turn.session);
  const until = run.clock.monotonic() + 30_000;
  while (true) {
    try {
      turn.session = await openSession(run);
      break;
    } catch (error) {
      if (run.clock.monotonic() >= until || run.signal.aborted) throw error;
      await run.clock.sleep(100 + 400 * run.random.fraction(), run.signal);
    }
  }
  await takeTurn(turn.session, run);
}
