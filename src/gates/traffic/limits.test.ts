import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { incompleteBeta } from "./incomplete-beta.ts";
import { leastIncrease, lowerLimit, rateOf, type Share, upperLimit } from "./limits.ts";

const share = fc
  .integer({ min: 1, max: 300 })
  .chain((of) => fc.integer({ min: 0, max: of }).map((hits): Share => ({ hits, of })));
const level = fc.constantFrom(0.025, 0.001, 0.000_001);

/** The chance of exactly so many hits. Begun at the likelier end: 0.03 to the power of 204 is too small a number to be a precise one. */
function chances(of: number, p: number): readonly number[] {
  if (p > 0.5) return chances(of, 1 - p).toReversed();
  const all = [(1 - p) ** of];
  for (let hits = 1; hits <= of; hits += 1) all.push(((all[hits - 1] ?? 0) * (of - hits + 1) * p) / (hits * (1 - p)));
  return all;
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

describe("the incomplete beta function", () => {
  it.each([
    // Closed forms: x^a for b = 1; (3 − 2x)x² for a = b = 2; the arcsine law for a = b = 1/2.
    [0.3, 4, 1, 0.3 ** 4],
    [0.7, 2, 2, (3 - 1.4) * 0.49],
    [0.25, 0.5, 0.5, (2 / Math.PI) * Math.asin(0.5)],
    [0.5, 40, 40, 0.5],
    [0, 2, 3, 0],
    [1, 2, 3, 1],
  ])("I_%f(%f, %f)", (x, a, b, value) => {
    expect(incompleteBeta(x, a, b)).toBeCloseTo(value, 12);
  });

  it("is the tail of a binomial distribution", () => {
    fc.assert(
      fc.property(share, fc.double({ min: 0.001, max: 0.9, noNaN: true }), ({ hits, of }, p) => {
        const tail = total(chances(of, p).slice(hits));
        expect(hits === 0 ? 1 : incompleteBeta(p, hits, of - hits + 1)).toBeCloseTo(tail, 8);
      }),
    );
  });
});

describe("the limits of a share", () => {
  it.each([
    // Two-sided 95 %, as printed in tables.
    [{ hits: 5, of: 10 }, 0.025, 0.1871, 0.8129],
    [{ hits: 10, of: 100 }, 0.025, 0.049, 0.1762],
    [{ hits: 0, of: 1000 }, 0.001, 0, 1 - 0.001 ** (1 / 1000)],
    [{ hits: 7, of: 7 }, 0.001, 0.001 ** (1 / 7), 1],
    [{ hits: 5_000_000, of: 10_000_000 }, 0.001, 0.4995, 0.5005],
  ])("%o at %f", (of, alpha, lower, upper) => {
    expect(lowerLimit(of, alpha)).toBeCloseTo(lower, 4);
    expect(upperLimit(of, alpha)).toBeCloseTo(upper, 4);
  });

  it("hold: what is beyond them would be seen no more often than said", () => {
    fc.assert(
      fc.property(share, level, ({ hits, of }, alpha) => {
        const lower = lowerLimit({ hits, of }, alpha);
        const upper = upperLimit({ hits, of }, alpha);
        expect(lower).toBeLessThanOrEqual(hits / of);
        expect(upper).toBeGreaterThanOrEqual(hits / of);
        if (hits > 0) expect(total(chances(of, lower).slice(hits)) / alpha).toBeLessThan(1.0001);
        if (hits < of && upper < 1) expect(total(chances(of, upper).slice(0, hits + 1)) / alpha).toBeLessThan(1.0001);
        expect(lower).toBeCloseTo(1 - upperLimit({ hits: of - hits, of }, alpha), 9);
      }),
      { examples: [[{ hits: 203, of: 204 }, 0.025]] },
    );
  });

  it("come closer with more of the same, and grow with the hits", () => {
    fc.assert(
      fc.property(share, level, ({ hits, of }, alpha) => {
        expect(lowerLimit({ hits: hits * 10, of: of * 10 }, alpha)).toBeGreaterThanOrEqual(
          lowerLimit({ hits, of }, alpha) - 1e-12,
        );
        if (hits < of)
          expect(lowerLimit({ hits: hits + 1, of }, alpha)).toBeGreaterThanOrEqual(lowerLimit({ hits, of }, alpha));
      }),
    );
  });
});

describe("the least increase", () => {
  it("is at most what was seen, and less the less is known", () => {
    fc.assert(
      fc.property(share, share, level, (now, before, alpha) => {
        const least = leastIncrease(now, before, alpha);
        expect(least).toBeLessThanOrEqual(rateOf(now) - rateOf(before));
        expect(least).toBeGreaterThanOrEqual(lowerLimit(now, alpha) - upperLimit(before, alpha) - 1e-12);
      }),
    );
  });

  // Newcombe (1998), table II, example (a), 56/70 − 48/80: 0.0524 by Wilson's limits. Exact ones are a little wider.
  it("is near to what Newcombe has with Wilson's limits", () => {
    const least = leastIncrease({ hits: 56, of: 70 }, { hits: 48, of: 80 }, 0.025);
    expect(least).toBeGreaterThan(0.0524 - 0.02);
    expect(least).toBeLessThan(0.0524);
  });

  it("is above the truth no more often than said: every outcome of small samples, counted", () => {
    const alpha = 0.001;
    let worst = 0;
    for (const [n, m] of [
      [20, 20],
      [20, 100],
      [40, 60],
      [100, 30],
    ] as const) {
      const wrong = (p: number, more: number): number => {
        const now = chances(n, p + more);
        const before = chances(m, p);
        let sum = 0;
        for (const [hits, chance] of now.entries()) {
          for (const [earlier, other] of before.entries()) {
            if (chance * other < 1e-9 || hits / n - earlier / m <= more) continue;
            if (leastIncrease({ hits, of: n }, { hits: earlier, of: m }, alpha) > more) sum += chance * other;
          }
        }
        return sum;
      };
      for (const p of [0.001, 0.05, 0.3]) for (const more of [0, 0.01, 0.1]) worst = Math.max(worst, wrong(p, more));
    }
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThanOrEqual(alpha);
  }, 30_000);
});
