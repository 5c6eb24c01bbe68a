/**
 * Upper ends (exclusive, in milliseconds) of the buckets in which routers count how long the head of an answer took; the last
 * bucket has none. Steps of about a half: fine enough to tell a service from one twice as slow.
 */
export const LATENCY_BOUNDS = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 10_000,
] as const;

export const LATENCY_BUCKETS = LATENCY_BOUNDS.length + 1;

export const noLatency = (): number[] => Array<number>(LATENCY_BUCKETS).fill(0);

/** Which bucket so many milliseconds belong to. */
export function latencyBucket(ms: number): number {
  let low = 0;
  let high: number = LATENCY_BOUNDS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ms < (LATENCY_BOUNDS[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
