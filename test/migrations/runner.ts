import { systemClock } from "../../src/io/clock.ts";
import { systemRandom } from "../../src/io/random.ts";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import type { MigrationRun } from "../../src/migrations/migration-run.ts";

/** A deployer of its own, which can be stopped and killed. Its run comes as JSON; it prints the outcome or the fault. */
const given = JSON.parse(process.argv[2] ?? "{}") as Omit<MigrationRun, "signal" | "clock" | "random" | "log">;
const run: MigrationRun = {
  ...given,
  signal: new AbortController().signal,
  clock: systemClock,
  random: systemRandom,
  log: (line) => process.stderr.write(`${line}\n`),
};
const answer = await applyMigrations(run).catch((error: { code: string; retry: string; message: string }) => ({
  code: error.code,
  retry: error.retry,
  message: error.message,
}));
process.stdout.write(JSON.stringify(answer));
