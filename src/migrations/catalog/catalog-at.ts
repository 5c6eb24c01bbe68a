import { unreachable } from "../database-fault.ts";
import { connectTo } from "../session.ts";
import type { Catalog } from "./catalog.ts";
import { readCatalog } from "./read-catalog.ts";

/** The schema of the database behind a URL. Throws StepFault. */
export async function catalogAt(url: string, signal: AbortSignal): Promise<Catalog> {
  signal.throwIfAborted();
  const { client, place } = await connectTo(url, "sampan");
  const onAbort = () => void client.end().catch(() => undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await readCatalog(client);
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(place, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    await client.end().catch(() => undefined);
  }
}
