import type { Read } from "./reading.ts";

/** As PostgreSQL counts them: 180001 is 18.1. */
export async function serverVersion(ask: Read): Promise<number> {
  const [row] = await ask<{ version: number }>("select current_setting('server_version_num')::int as version");
  return row?.version ?? 0;
}
