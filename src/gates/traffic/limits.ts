import { incompleteBeta } from "./incomplete-beta.ts";

/** So many of so many. */
export type Share = Readonly<{ hits: number; of: number }>;

export const rateOf = ({ hits, of }: Share): number => (of === 0 ? 0 : hits / of);

/**
 * Exact one-sided limits of a share (Clopper and Pearson 1934): the true one is below `lower` with a chance of at most `alpha`. Limits by a
 * normal approximation, Wilson's among them, are wrong many times over at the few errors that count here.
 */
export const lowerLimit = ({ hits, of }: Share, alpha: number): number =>
  hits === 0 ? 0 : solve((p) => incompleteBeta(p, hits, of - hits + 1) - alpha);

/** Is the true share above `p`, but for a chance of `alpha`? */
export const surelyAbove = ({ hits, of }: Share, p: number, alpha: number): boolean =>
  hits > 0 && incompleteBeta(p, hits, of - hits + 1) < alpha;

export const upperLimit = ({ hits, of }: Share, alpha: number): number =>
  hits >= of ? 1 : solve((p) => alpha - (1 - incompleteBeta(p, hits + 1, of - hits)));

/**
 * By how much `now` exceeds `before` at the least: the limits of both combined as Newcombe does (1998, his method 10; MOVER), with exact ones
 * in place of Wilson's.
 */
export function leastIncrease(now: Share, before: Share, alpha: number): number {
  const below = rateOf(now) - lowerLimit(now, alpha);
  const above = upperLimit(before, alpha) - rateOf(before);
  return rateOf(now) - rateOf(before) - Math.hypot(below, above);
}

/** Where a function that grows crosses zero between 0 and 1. */
function solve(grows: (p: number) => number): number {
  let low = 0;
  let high = 1;
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (grows(middle) < 0) low = middle;
    else high = middle;
  }
  return low;
}
