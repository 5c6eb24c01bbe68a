import type { RouterTable } from "../router.ts";
import type { Actual, Pool, Slot } from "./actual.ts";
import { addressOf } from "./address.ts";
import { CLOSED } from "./config.ts";
import { coded, EPOCH_KEY, LISTEN_KEY, NOTHING_COUNTED, POOLS_KEY, type PoolEntry, type SlotEntry } from "./entry.ts";
import type { MapEntries } from "./map-text.ts";
import type { Placed, Placement } from "./placement.ts";
import type { Saved } from "./saved.ts";

/**
 * How HAProxy gets from what it does to what it should, each part after the one before: new servers ready, then the routes, then
 * the old servers out, and the epoch last, so that an epoch that HAProxy names holds as a whole.
 */
export type Change = Readonly<{ bringIn: readonly string[]; entries: MapEntries; takeOut: readonly string[] }>;

export function changeOf(actual: Actual, placements: readonly Placement[], table: RouterTable): Change {
  const bringIn: string[] = [];
  const takeOut: string[] = [];
  const entries = new Map<string, string>([
    [EPOCH_KEY, String(actual.epoch)],
    [LISTEN_KEY, coded(table.listen)],
    [POOLS_KEY, String(actual.size)],
    ...routesOf(placements),
  ]);
  for (const pool of actual.pools) {
    const placement = placements.find((each) => each.pool === pool.name);
    for (const placed of placement?.backends ?? []) {
      const server = `${pool.name}/${placed.slot}`;
      const slot = pool.slots.find(({ name }) => name === placed.slot);
      bringIn.push(...readying(server, placed, slot));
      const since =
        placed.kind === "kept" ? (slot?.entry?.since ?? NOTHING_COUNTED) : (slot?.counters ?? NOTHING_COUNTED);
      const { backend, position } = placed;
      entries.set(server, coded({ backend, position, out: false, since } satisfies SlotEntry));
    }
    const staying = new Set(placement?.backends.map(({ slot }) => slot));
    for (const slot of pool.slots) if (!staying.has(slot.name)) leave({ pool, slot, takeOut, entries });
  }
  return { bringIn, entries, takeOut };
}

/** The map with which HAProxy starts: nobody has anything to finish, nothing is counted. */
export function startingEntries({ placements, table, pools }: Saved): MapEntries {
  return new Map([
    [EPOCH_KEY, String(table.epoch)],
    [LISTEN_KEY, coded(table.listen)],
    [POOLS_KEY, String(pools)],
    ...routesOf(placements),
    ...placements.flatMap(({ pool, backends }) =>
      backends.map(({ backend, position, slot }): [string, string] => [
        `${pool}/${slot}`,
        coded({ backend, position, out: false, since: NOTHING_COUNTED }),
      ]),
    ),
  ]);
}

function routesOf(placements: readonly Placement[]): [string, string][] {
  return placements.flatMap(({ pool, position, service: { service, match }, backends }): [string, string][] => {
    const goesTo = backends.some(({ weight }) => weight > 0) ? pool : `${CLOSED}${pool}`;
    return [
      [pool, coded({ service, match, position } satisfies PoolEntry)],
      [`name:${goesTo}`, coded(service)],
      ...match.map((route): [string, string] => [
        route.kind === "host" ? `host:${route.host.toLowerCase()}` : `${route.prefix.replace(/\/+$/, "")}/`,
        goesTo,
      ]),
    ];
  });
}

function readying(server: string, { backend, weight, kind }: Placed, slot: Slot | undefined): readonly string[] {
  const { host, port } = backend;
  const set = `set server ${server}`;
  const ready = [`${set} weight ${weight}`, `${set} state ready`];
  switch (kind) {
    case "kept":
      return slot?.state === "ready" && slot.weight === weight ? [] : ready;
    case "given":
      // Out of work first: a server whose address changes under requests loses them.
      return [`${set} state maint`, `clear table latency key ${server}`, `${set} addr ${host} port ${port}`, ...ready];
    case "made":
      return [`add server ${server} ${addressOf(backend)} pool-purge-delay 1s`, ...ready];
  }
}

type Leaving = Readonly<{ pool: Pool; slot: Slot; takeOut: string[]; entries: Map<string, string> }>;

/** Once it has nothing left to finish it is nobody's, and rests. */
function leave({ pool, slot, takeOut, entries }: Leaving): void {
  const server = `${pool.name}/${slot.name}`;
  const { entry, state, sessions } = slot;
  if (state === "ready") takeOut.push(`set server ${server} state drain`);
  if (entry !== null && (state === "ready" || sessions > 0)) entries.set(server, coded({ ...entry, out: true }));
  else if (state === "drain" && sessions === 0) takeOut.push(`set server ${server} state maint`);
}
