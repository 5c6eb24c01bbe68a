import type { DesiredService } from "../plan/desired.ts";

/** Whether a release changes anything of its database: the schema before its code, or rows after it. */
export const hasPending = ({ migrations }: DesiredService): boolean =>
  migrations !== null && migrations.up.length + migrations.after.length > 0;
