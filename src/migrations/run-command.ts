import type { Logged } from "../artifacts/worktree/run-logged.ts";
import { StepFault } from "../fault.ts";
import { catalogAt } from "./catalog/catalog-at.ts";
import { compareCatalogs } from "./catalog/compare-catalogs.ts";
import { inTransaction } from "./in-transaction.ts";
import type { MigrationOutcome, MigrationRun } from "./migration-run.ts";
import { recordOf, writeRecord } from "./records.ts";
import { ask } from "./session.ts";
import { reconnect, type Turn, withTurn } from "./with-turn.ts";

/** Between two signs of life of the session that holds the turn; the server ends one that is idle for 30 s. */
const SIGN_OF_LIFE = 5_000;

/**
 * Lets a service's own tool migrate. It keeps its own records, so that running it again is its own affair; Sampan records that it ran for this artifact,
 * and tells what of the schema is another since.
 */
export const runCommand = (
  run: MigrationRun,
  command: (signal: AbortSignal) => Promise<Logged>,
): Promise<MigrationOutcome> =>
  withTurn(run, async (turn) => {
    const [file] = run.files;
    if (file === undefined) return { changed: [], already: [] };
    if ((await recordOf(turn.session, file.name))?.state === "applied") return { changed: [], already: [file.name] };
    const before = await catalogAt(run.url, run.signal);
    const begun = run.clock.monotonic();
    const ran = await staying(turn, run, command);
    if (ran.exitCode !== 0) throw failed(run, ran);
    for (const { text } of compareCatalogs(before, await catalogAt(run.url, run.signal)))
      run.log(`${run.service}: changed by ${ran.argv[0]}: ${text}`);
    // Hours may have passed, and the session with them.
    if (
      !(await ask(turn.session, "select 1").then(
        () => true,
        () => false,
      ))
    )
      await reconnect(turn, run);
    await inTransaction(turn.session, run, {
      name: file.name,
      body: () => writeRecord(turn.session, run, { ...file, state: "applied", took: run.clock.monotonic() - begun }),
    });
    return { changed: [file.name], already: [] };
  });

async function staying(
  turn: Turn,
  run: MigrationRun,
  command: (signal: AbortSignal) => Promise<Logged>,
): Promise<Logged> {
  const done = new AbortController();
  const alive = (async () => {
    while (!done.signal.aborted) {
      await run.clock.sleep(SIGN_OF_LIFE, done.signal).catch(() => undefined);
      if (!done.signal.aborted) await ask(turn.session, "select 1").catch(() => undefined);
    }
  })();
  try {
    return await command(run.signal);
  } finally {
    done.abort();
    await alive;
  }
}

function failed({ service }: MigrationRun, { argv, exitCode, failure, output, log }: Logged): StepFault {
  const absent = failure === "not-found" || failure === "not-started";
  return new StepFault({
    code: absent ? "migration-command-missing" : "migration-command-failed",
    message: absent
      ? `${service}: ${argv[0]} could not be started`
      : `${service}: ${argv.join(" ")} ended with ${exitCode === null ? failure : `exit code ${exitCode}`}`,
    evidence: `${output.trimEnd().split("\n").slice(-40).join("\n")}\nall of its output is in ${log}; what it did before it failed, only it can tell`,
  });
}
