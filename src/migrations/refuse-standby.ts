import type pg from "pg";
import { StepFault } from "../fault.ts";

/** A replica answers, and can change nothing: said before the first attempt fails in the middle of something. */
export async function refuseStandby(client: pg.Client, place: string): Promise<void> {
  const { rows } = await client.query<{ standby: boolean; only: string }>(
    "select pg_is_in_recovery() as standby, current_setting('transaction_read_only') as only",
  );
  const [row] = rows;
  if (row?.standby === true) {
    throw new StepFault({
      code: "database-standby",
      message: `${place} is a read-only standby: migrations run on the primary`,
      evidence: "let the migration URL name the primary; after a failover that is another server than before",
    });
  }
  if (row?.only !== "on") return;
  throw new StepFault({
    code: "database-read-only",
    message: `the sessions of the migration role are read-only on ${place}`,
    evidence: "default_transaction_read_only is on for this server, database or role",
  });
}
