import type { RouterBackend, RouterService, RouterTable } from "../router.ts";
import type { Actual, Pool, Slot } from "./actual.ts";
import { addressOf } from "./address.ts";
import { poolName } from "./pool-name.ts";
import { scaledWeights } from "./weights.ts";

/** One backend of the table and the slot that is to be it. */
export type Placed = Readonly<{
  backend: RouterBackend;
  position: number;
  /** As HAProxy is to be told. */
  weight: number;
  slot: string;
  /** `kept`: the slot is that instance already; `given`: it is free; `made`: there is none yet. */
  kind: "kept" | "given" | "made";
}>;

export type Placement = Readonly<{
  pool: string;
  service: RouterService;
  position: number;
  backends: readonly Placed[];
}>;

/**
 * Where each service and each of its backends goes; what is there already stays where it is. Null when HAProxy was started with
 * fewer pools than there are services now.
 */
export function placementOf({ pools }: Pick<Actual, "pools">, table: RouterTable): readonly Placement[] | null {
  const owners = new Map(pools.flatMap((pool) => (pool.entry === null ? [] : [[pool.entry.service, pool] as const])));
  const free = pools.filter(unused);
  const placements: Placement[] = [];
  for (const [position, service] of table.services.entries()) {
    const pool = owners.get(service.service) ?? free.shift();
    if (pool === undefined) return null;
    placements.push({ pool: pool.name, service, position, backends: backendsIn(pool, service) });
  }
  return placements;
}

/** Pools that may be given to services that have none yet, as far as there are any. */
export function spareFor({ services }: RouterTable, inUse: readonly string[], size: number): readonly string[] {
  const used = new Set(inUse);
  const names = Array.from({ length: size }, (_, index) => poolName(index));
  return names.filter((name) => !used.has(name)).slice(0, services.length);
}

/** Backend sections that a HAProxy is started with: room for as many services again, since more of them need a new HAProxy. */
export function poolsFor({ services }: RouterTable): number {
  let pools = 64;
  while (pools < services.length * 2) pools *= 2;
  return pools;
}

/** So many pools, as a HAProxy has them before anything is in them. */
export const freePools = (count: number): readonly Pool[] =>
  Array.from({ length: count }, (_, index) => ({ name: poolName(index), entry: null, slots: [] }));

/** Nobody has anything to finish there. One whose service goes away with this very change is free only for the next. */
const unused = ({ entry, slots }: Pool): boolean => entry === null && slots.every(({ sessions }) => sessions === 0);

function backendsIn(pool: Pool, { backends }: RouterService): readonly Placed[] {
  const weights = scaledWeights(backends.map(({ weight }) => weight));
  const here = backends.map((backend) => pool.slots.find((slot) => holds(slot, backend)));
  const taken = new Set(here.flatMap((slot) => slot ?? []));
  // Those that have rested longest first: nobody can have anything left there.
  const free = [...pool.slots.filter(isFree("maint")), ...pool.slots.filter(isFree("drain"))];
  const left = free.filter((slot) => !taken.has(slot));
  let made = pool.slots.length;
  return backends.map((backend, position) => {
    const placed = { backend, position, weight: weights[position] ?? 0 };
    const same = here[position];
    if (same !== undefined) return { ...placed, slot: same.name, kind: "kept" };
    const given = left.shift();
    if (given !== undefined) return { ...placed, slot: given.name, kind: "given" };
    made += 1;
    return { ...placed, slot: `s${made}`, kind: "made" };
  });
}

/** One that was out and has finished is nobody's: the same instance counts from zero when it comes back. */
const holds = ({ entry, address, sessions }: Slot, backend: RouterBackend): boolean =>
  !(entry?.out === true && sessions === 0) &&
  entry?.backend.instance === backend.instance &&
  addressOf(entry.backend) === addressOf(backend) &&
  address === addressOf(backend);

const isFree =
  (state: "maint" | "drain") =>
  (slot: Slot): boolean =>
    slot.state === state && slot.sessions === 0 && (slot.entry === null || slot.entry.out);
