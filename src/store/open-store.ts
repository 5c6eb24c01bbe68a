import { openSqliteStore } from "../engine/sqlite/sqlite-store.ts";
import type { Store } from "../engine/store.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { TeamStoreParts } from "./open-team-store.ts";
import { storeAddress } from "./store-address.ts";

export type StoreParts = Omit<TeamStoreParts, "address" | "fleet"> &
  Readonly<{
    fleet: Pick<Fleet, "name" | "store">;
    /** The folder of a store that is none of a team. */
    state: string;
    env: Readonly<Record<string, string>>;
    home: string;
  }>;

/** The store that the fleet file names. What PostgreSQL needs is loaded only for it. */
export async function openStore({ fleet, state, env, home, ...parts }: StoreParts): Promise<Store> {
  if (fleet.store === null || fleet.store.kind === "folder") return openSqliteStore(state);
  const address = storeAddress(fleet.store, { env, home });
  const { openTeamStore } = await import("./open-team-store.ts");
  return openTeamStore({ ...parts, address, fleet: fleet.name });
}
