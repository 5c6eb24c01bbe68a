export type Weighted = { weight: number; current: number };

/**
 * Smooth weighted round robin: over any window each gets its share, and the turns of a heavy one are spread out. Null when
 * nobody may get anything.
 */
export function choose<T extends Weighted>(candidates: readonly T[]): T | null {
  let total = 0;
  let best: T | null = null;
  for (const candidate of candidates) {
    if (candidate.weight <= 0) continue;
    total += candidate.weight;
    candidate.current += candidate.weight;
    if (best === null || candidate.current > best.current) best = candidate;
  }
  if (best !== null) best.current -= total;
  return best;
}
