import { StepFault } from "../fault.ts";
import { CommitUnknown } from "./in-transaction.ts";
import type { MigrationOutcome, MigrationRun } from "./migration-run.ts";
import { recordOf } from "./records.ts";
import { runBatches } from "./run-batches.ts";
import { runOutside } from "./run-outside.ts";
import { type Job, runScript } from "./run-script.ts";
import { reconnect, type Turn } from "./with-turn.ts";

/** One after another; the first that fails ends the run, and those before it stay. */
export async function runJobs(turn: Turn, run: MigrationRun, jobs: readonly Job[]): Promise<MigrationOutcome> {
  const changed: string[] = [];
  const already: string[] = [];
  for (const job of jobs) {
    const { name } = job.migration;
    const begun = run.clock.monotonic();
    const did = await runJob(turn, run, job);
    (did ? changed : already).push(name);
    const words = job.direction === "up" ? "applied" : "reverted";
    const took = Math.round(run.clock.monotonic() - begun);
    run.log(`${run.service}: ${name} ${did ? `${words} in ${took} ms` : `was ${words} already`}`);
  }
  return { changed, already };
}

/** True when it changed something. */
async function runJob(turn: Turn, run: MigrationRun, job: Job): Promise<boolean> {
  const { batches } = job.migration;
  if (batches !== null && job.direction === "up") return runBatches(turn, run, job, batches);
  const ran = job.script.transaction ? runScript : runOutside;
  return ran(turn.session, run, job).catch((error: unknown) => settle(turn, run, job, error));
}

/** After a lost answer to COMMIT the record says whether it happened: it is in the same transaction. */
async function settle(turn: Turn, run: MigrationRun, job: Job, error: unknown): Promise<boolean> {
  if (!(error instanceof CommitUnknown)) throw error;
  const { name } = job.migration;
  run.log(`${run.service}: the connection was lost while ${name} was being committed; looking for its record`);
  const record = await reconnect(turn, run)
    .then(() => recordOf(turn.session, name))
    .catch((failed: unknown) => {
      throw new StepFault({
        code: "migration-unknown",
        message: `${run.service}: ${name} was being committed when the connection was lost, and the database cannot be asked whether it was`,
        evidence: failed instanceof Error ? failed.message : String(failed),
        retry: "unknown",
      });
    });
  if (job.done(record)) return true;
  throw new StepFault({
    code: "migration-interrupted",
    message: `${run.service}: the connection was lost while ${name} was being committed`,
    evidence: "the database has no record of it: nothing of this migration was applied",
    retry: "safe",
  });
}
