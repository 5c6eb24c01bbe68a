import type { BackendStats, RouterBackend, RouterTable } from "../router.ts";
import { addressOf } from "./address.ts";
import type { Counters, PoolEntry, SlotEntry } from "./entry.ts";
import { scaledWeights } from "./weights.ts";

/** One server line of HAProxy, as it is right now. */
export type Slot = Readonly<{
  name: string;
  /** `127.0.0.1:4000`, `[::1]:4000`. */
  address: string;
  state: "ready" | "drain" | "maint";
  weight: number;
  sessions: number;
  counters: Counters;
  /** Milliseconds to the head of an answer, counted by bucket. */
  latency: readonly number[];
  /** Null: it is nobody's. */
  entry: SlotEntry | null;
}>;

/** One backend section of HAProxy; `entry` is null where no service of the table has it. */
export type Pool = Readonly<{ name: string; entry: PoolEntry | null; slots: readonly Slot[] }>;

export type Actual = Readonly<{
  epoch: number;
  listen: RouterTable["listen"];
  /** How many pools there are in all. */
  size: number;
  /** Those that were looked at: all in use among them. */
  pools: readonly Pool[];
}>;

/**
 * The table that HAProxy carries out, by its own word. Where a server's state, address or weight is not what its entry says, the
 * table says what is, so that it equals no table that was asked for.
 */
export function tableOf({ epoch, listen, pools }: Actual): RouterTable {
  const services = pools
    .flatMap((pool) => (pool.entry === null ? [] : [{ entry: pool.entry, backends: backendsOf(pool) }]))
    .sort((a, b) => a.entry.position - b.entry.position)
    .map(({ entry: { service, match }, backends }) => ({ service, match, backends }));
  return { formatVersion: 1, listen, epoch, services };
}

function backendsOf({ slots }: Pool): readonly RouterBackend[] {
  const wanted = slots
    .flatMap(({ entry }) => (entry === null || entry.out ? [] : [entry]))
    .sort((a, b) => a.position - b.position);
  const scaled = scaledWeights(wanted.map(({ backend }) => backend.weight));
  const told = wanted.map(({ backend, position }, index): RouterBackend => {
    const slot = slots.find(({ entry }) => entry?.position === position && !entry.out);
    const weight = slot?.state === "ready" ? slot.weight : 0;
    if (slot?.address !== addressOf(backend)) return { ...backend, host: slot?.address ?? "nowhere", weight };
    return weight === scaled[index] ? backend : { ...backend, weight };
  });
  const beside = slots.filter(({ entry, state, weight }) => entry?.out !== false && state === "ready" && weight > 0);
  return [
    ...told,
    ...beside.map(({ name, address, weight, entry }) => ({
      ...(entry?.backend ?? { instance: name, port: 1, host: address }),
      weight,
    })),
  ];
}

/** What it says of each instance; of those that only finish what they have, as long as they have any. */
export function statsOf({ pools }: Actual): readonly BackendStats[] {
  return pools.flatMap(({ slots }) =>
    slots.flatMap(({ entry, sessions, counters, latency }): BackendStats[] => {
      if (entry === null || (entry.out && sessions === 0)) return [];
      return [
        {
          instance: entry.backend.instance,
          inFlight: sessions,
          served: Math.max(0, counters.served - entry.since.served),
          failed: Math.max(0, counters.failed - entry.since.failed),
          latency,
        },
      ];
    }),
  );
}
