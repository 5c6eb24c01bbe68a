import { unreachable } from "../database-fault.ts";
import { connectTo } from "../session.ts";
import type { Catalog } from "./catalog.ts";
import { readCatalog } from "./read-catalog.ts";

/** The schema of the database behind a URL; `also` names roles that count in any case. Throws StepFault. */
export async function catalogAt(url: string, signal: AbortSignal, also: readonly string[] = []): Promise<Catalog> {
  signal.throwIfAborted();
  const { client, place } = await connectTo(url, "sampan");
  const onAbort = () => void client.end().catch(() => undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await readCatalog(client, also);
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(place, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    await client.end().catch(() => undefined);
  }
}
