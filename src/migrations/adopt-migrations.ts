import { inTransaction } from "./in-transaction.ts";
import type { MigrationOutcome, MigrationRun } from "./migration-run.ts";
import { recordOf, writeRecord } from "./records.ts";
import { withTurn } from "./with-turn.ts";

/** Records migrations as applied that were applied by other means; runs none of them. One transaction: all or none. Throws StepFault. */
export const adoptMigrations = (run: MigrationRun): Promise<MigrationOutcome> =>
  withTurn(run, ({ session }) =>
    inTransaction(session, run, {
      name: "adopting",
      body: async () => {
        const changed: string[] = [];
        const already: string[] = [];
        for (const { name, sha256 } of run.files) {
          if ((await recordOf(session, name)) !== null) already.push(name);
          else {
            await writeRecord(session, run, { name, sha256, state: "applied", took: 0 });
            changed.push(name);
          }
        }
        return { changed, already };
      },
    }),
  );
