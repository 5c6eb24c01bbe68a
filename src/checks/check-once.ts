import type { CheckCache } from "./cache.ts";
import { type Found, passed } from "./check.ts";

/** A check that passed before on all that it depends on (`key` names that) passes again without a look. */
export async function checkOnce(
  of: Readonly<{ key: string; cache: CheckCache; look: () => Promise<Found> }>,
): Promise<Found & Readonly<{ known: boolean }>> {
  const before = await of.cache.get(of.key);
  if (before !== null) return { ...passed(`passed before on the same tree: ${before}`), known: true };
  const found = await of.look();
  if (found.verdict === "passed") await of.cache.put(of.key, found.evidence);
  return { ...found, known: false };
}
