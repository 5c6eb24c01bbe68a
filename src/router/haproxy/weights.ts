/** HAProxy knows weights from 0 to 256. */
const MOST = 256;

/**
 * The whole numbers up to 256 whose shares come nearest to those of the given weights; what is above zero stays above zero. What
 * fits as it is stays as it is.
 */
export function scaledWeights(weights: readonly number[]): readonly number[] {
  const heaviest = Math.max(0, ...weights);
  if (heaviest === 0 || (heaviest <= MOST && weights.every(Number.isInteger))) return weights;
  let best: readonly number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let top = 1; top <= MOST; top += 1) {
    const scaled = weights.map((weight) => (weight === 0 ? 0 : Math.max(1, Math.round((weight * top) / heaviest))));
    const error = Math.max(...scaled.map((each, index) => off(each, ((weights[index] ?? 0) * top) / heaviest)));
    if (error >= least) continue;
    best = scaled;
    least = error;
  }
  return best;
}

const off = (got: number, wanted: number): number => (wanted === 0 ? 0 : Math.abs(got / wanted - 1));
