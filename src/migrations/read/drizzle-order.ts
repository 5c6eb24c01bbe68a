import { join } from "node:path";
import { readAtMost } from "../../io/folders.ts";

/** Drizzle's journal says in what order its files are applied; null: there is none. */
export async function drizzleOrder(
  folder: string,
  below: readonly Readonly<{ name: string; files: readonly string[] }>[],
): Promise<((migration: string) => number) | null> {
  if (below.find(({ name }) => name === "meta")?.files.includes("_journal.json") !== true) return null;
  const bytes = await readAtMost(join(folder, "meta/_journal.json"), 4 * 1024 * 1024);
  const places = new Map<string, number>();
  try {
    const { entries } = JSON.parse(String(bytes)) as { entries?: readonly { idx?: number; tag?: string }[] };
    for (const { idx, tag } of entries ?? []) if (idx !== undefined && tag !== undefined) places.set(tag, idx);
  } catch {
    // A journal that cannot be read: the names carry the same order.
    return null;
  }
  return (migration) => places.get(migration) ?? Number.MAX_SAFE_INTEGER;
}
