import { seed } from "./campaign.ts";

export type Chance = Readonly<{
  /** In [0, 1). */
  next: () => number;
  /** A whole number from 0 to `below` - 1. */
  upTo: (below: number) => number;
  /** True in this share of the cases. */
  happens: (share: number) => boolean;
  pick: <T>(from: readonly T[]) => T;
}>;

/** Numbers that only the run's seed and the case decide, so that a case can be met again. */
export function chance(of: number): Chance {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(of + 1, 0x85ebca6b)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (below: number): number => Math.floor(next() * below);
  return {
    next,
    upTo,
    happens: (share) => next() < share,
    pick: (from) => {
      const found = from[upTo(from.length)];
      if (found === undefined) throw new Error("nothing to pick from");
      return found;
    },
  };
}
