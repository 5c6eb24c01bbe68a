import { sha256 } from "../../io/digest.ts";
import { byPurpose } from "./by-purpose.ts";
import type { Catalog } from "./catalog.ts";

/**
 * Two databases of one hash answer any statement alike, but for their rows and the settings of their servers. Roles count by what they are for, where
 * `purposes` says that: `staging_points` and `production_points` are one to whoever asks what a migration does.
 */
export const catalogHash = (catalog: Catalog, purposes: ReadonlyMap<string, string>): string =>
  sha256(JSON.stringify(sorted(byPurpose(catalog, purposes))));

/** Keys in one order, whatever order a server told them in; lists stay as they are, because their order means something. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
