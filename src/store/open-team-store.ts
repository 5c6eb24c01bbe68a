import { link } from "../engine/postgres/link.ts";
import { storeFault } from "../engine/postgres/lost.ts";
import { patience } from "../engine/postgres/patience.ts";
import { postgresStore } from "../engine/postgres/postgres-store.ts";
import { schemaOf } from "../engine/postgres/schema.ts";
import type { Store } from "../engine/store.ts";
import type { Clock } from "../io/clock.ts";
import type { Random } from "../io/random.ts";
import { connectStore } from "./connect-store.ts";
import { migrateStore } from "./migrate-store.ts";
import type { StoreAddress } from "./store-address.ts";
import { KNOWN, type StoreScript, storeLevel } from "./store-level.ts";

/** Milliseconds that a server may be away: when a command begins, and once it is at work. */
const AT_FIRST = 5_000;
const AT_WORK = 30_000;

export type TeamStoreParts = Readonly<{
  address: StoreAddress;
  fleet: string;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Of what is waited for. */
  waiting: (line: string) => void;
  /** The migrations of its tables; default: those of this Sampan. */
  known?: readonly StoreScript[];
}>;

/**
 * Opens the store of a team, and makes or brings up to date its tables.
 * @throws StepFault `store-…`
 */
export async function openTeamStore(parts: TeamStoreParts): Promise<Store> {
  const { address, fleet, known = KNOWN } = parts;
  const { place } = address;
  const schema = schemaOf(fleet);
  const waits = { place, clock: parts.clock, random: parts.random, signal: parts.signal, waiting: parts.waiting };
  const first = await patience({ ...waits, lasts: AT_FIRST })(async () => {
    const client = await connectStore(address);
    try {
      const { kind } = await storeLevel(client, { schema, place, known });
      if (kind === "behind") await migrateStore({ ...parts, client, schema, scripts: known });
      return client;
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
  }).catch((error: unknown) => {
    throw storeFault(error, place);
  });
  const pool = link(first, () => connectStore(address));
  return postgresStore({ pool, schema, place, patience: patience({ ...waits, lasts: AT_WORK }) });
}
