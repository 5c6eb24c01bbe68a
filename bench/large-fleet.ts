import type { Desired, DesiredService } from "../src/plan/desired.ts";
import { desiredOf, serviceOf } from "../test/fleet-samples.ts";

export type Shape = "random" | "layered";
export type Case = "first" | "unchanged" | "changed";

export type Size = Readonly<{ services: number; dependencies: number }>;

/** Layers of a layered fleet: everything of one needs some of the one before. */
const LAYERS = 20;

/** The same numbers in every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A made-up fleet with exactly this many services and dependencies, in an order that is not the order of its needs. */
export function largeFleet({ services, dependencies }: Size, shape: Shape, version: string): Desired {
  const next = chance(7);
  const below = (limit: number) => Math.floor(next() * limit);
  const name = (number: number) => `service-${String(number).padStart(5, "0")}`;
  const layer = Math.ceil(services / LAYERS);
  const needs = Array.from({ length: services }, () => new Set<number>());
  for (let made = 0; made < dependencies; ) {
    const from = shape === "random" ? 1 + below(services - 1) : layer + below(services - layer);
    const to = shape === "random" ? below(from) : (Math.floor(from / layer) - 1) * layer + below(layer);
    const own = needs[from];
    if (own === undefined || own.has(to)) continue;
    own.add(to);
    made += 1;
  }
  const all: DesiredService[] = needs.map((own, number) =>
    serviceOf(name(number), version, { needs: [...own].map(name) }),
  );
  // Shuffled: nothing may rely on needs being declared first.
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    const [a, b] = [all[last], all[other]];
    if (a !== undefined && b !== undefined) [all[last], all[other]] = [b, a];
  }
  return desiredOf(all);
}
