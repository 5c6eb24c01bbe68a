import type { Loss } from "../plan/plan.ts";
import { unreachable } from "./database-fault.ts";
import { findLosses } from "./find-losses.ts";
import type { Script } from "./migration.ts";
import { connectTo } from "./session.ts";

/** What these down files would take away of what is in a database now, each with the migration that does. Changes nothing. Throws StepFault. */
export async function databaseLosses(
  url: string,
  downs: readonly Readonly<{ name: string; down: Script }>[],
  signal: AbortSignal,
): Promise<readonly (Loss & Readonly<{ name: string }>)[]> {
  signal.throwIfAborted();
  const { client, place } = await connectTo(url, "sampan");
  const onAbort = () => void client.end().catch(() => undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await client.query("set statement_timeout = '30s'; set default_transaction_read_only = on");
    const found: (Loss & { name: string })[] = [];
    for (const { name, down } of downs) {
      const losses = await findLosses([down], async (text, values) => (await client.query(text, [...values])).rows, {
        lock: false,
      });
      found.push(...losses.map((loss) => ({ ...loss, name })));
    }
    return found;
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(place, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    await client.end().catch(() => undefined);
  }
}
