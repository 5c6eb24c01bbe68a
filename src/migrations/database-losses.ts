import type { Loss } from "../plan/plan.ts";
import { findLosses } from "./find-losses.ts";
import type { Script } from "./migration.ts";
import { reading } from "./reading.ts";

/** What these down files would take away of what is in a database now, each with the migration that does. Changes nothing. Throws StepFault. */
export const databaseLosses = (
  url: string,
  downs: readonly Readonly<{ name: string; down: Script }>[],
  signal: AbortSignal,
): Promise<readonly (Loss & Readonly<{ name: string }>)[]> =>
  reading(url, signal, async (ask) => {
    const found: (Loss & { name: string })[] = [];
    for (const { name, down } of downs) {
      const losses = await findLosses([down], ask, { lock: false });
      // Where nobody can tell the table, the migration's name stands for it.
      found.push(...losses.map(({ table, loss }) => ({ name, loss, table: table === "unknown" ? name : table })));
    }
    return found;
  });
