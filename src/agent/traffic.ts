import type { BackendStats, Counts } from "../router/router.ts";

/** What was counted of one instance in all, whatever became of its router; `raw` is what that router last said. */
export type Tally = Readonly<{ counts: Counts; raw: Counts; before: Counts }>;

/** `before` of each tally is what stood there when the release was first heard of. */
export type TrafficRecord = Readonly<{ release: string; instances: Readonly<Record<string, Tally>> }>;

const NOTHING: Counts = { served: 0, failed: 0, latency: [] };

/**
 * Counts on from a record with what the router says now. A router that was started again counts from zero. With another release, what is
 * counted so far is what was before it, and who is not routed to any more is forgotten; within one, who was routed to stays known.
 */
export function countOn(record: TrafficRecord | null, release: string, stats: readonly BackendStats[]): TrafficRecord {
  const isNew = record?.release !== release;
  const known = record?.instances ?? {};
  const told = stats.map(({ instance, served, failed, latency }): [string, Tally] => {
    const raw: Counts = { served, failed, latency };
    const tally = known[instance];
    const counts = tally === undefined ? raw : plus(tally.counts, since(tally.raw, raw));
    return [instance, { counts, raw, before: isNew ? counts : (tally?.before ?? NOTHING) }];
  });
  return { release, instances: { ...(isNew ? {} : known), ...Object.fromEntries(told) } };
}

/** What has come to be between two answers of a router, or since it was started again. */
const since = (earlier: Counts, now: Counts): Counts =>
  answersOf(now) < answersOf(earlier) ? now : combine(now, earlier, (a, b) => Math.max(0, a - b));

const plus = (a: Counts, b: Counts): Counts => combine(a, b, (x, y) => x + y);

const answersOf = ({ served, failed }: Counts): number => served + failed;

const combine = (a: Counts, b: Counts, by: (x: number, y: number) => number): Counts => ({
  served: by(a.served, b.served),
  failed: by(a.failed, b.failed),
  latency: Array.from({ length: Math.max(a.latency.length, b.latency.length) }, (_, at) =>
    by(a.latency[at] ?? 0, b.latency[at] ?? 0),
  ),
});
