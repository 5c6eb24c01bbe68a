import type { Store } from "../../src/engine/store.ts";
import { systemClock } from "../../src/io/clock.ts";
import { systemRandom } from "../../src/io/random.ts";
import { openTeamStore, type TeamStoreParts } from "../../src/store/open-team-store.ts";
import { storeAddress } from "../../src/store/store-address.ts";

export const addressOf = (url: string) =>
  storeAddress({ kind: "variable", name: "STORE" }, { env: { STORE: url }, home: "/nowhere" });

/** The store of a fleet in a database, as a command opens it. */
export const teamStore = (url: string, more: Partial<TeamStoreParts> = {}): Promise<Store> =>
  openTeamStore({
    address: addressOf(url),
    fleet: "shop",
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
    log: () => undefined,
    waiting: () => undefined,
    ...more,
  });
