import { LATENCY_BUCKETS, noLatency } from "../../router/latency.ts";
import type { Counts } from "../../router/router.ts";
import type { InstanceTraffic } from "../../targets/target.ts";
import type { Share } from "./limits.ts";

export const NONE: Counts = { served: 0, failed: 0, latency: noLatency() };

/** What is compared: the new instances' answers, and the verified ones' since the release began and in all. */
export type Sides = Readonly<{ now: Counts; recent: Counts; before: Counts }>;

/**
 * Who was there before and stays is new from the moment on at which the release began. Without this, a service that only gets more
 * instances would be compared with itself.
 */
export function sidesOf(
  traffic: readonly InstanceTraffic[],
  { instances, baseline }: Readonly<{ instances: ReadonlySet<string>; baseline: ReadonlySet<string> }>,
): Sides {
  const ours = traffic.filter(({ instance }) => instances.has(instance));
  const theirs = traffic.filter(({ instance }) => baseline.has(instance) && !instances.has(instance));
  const staying = ours.filter(({ instance }) => baseline.has(instance));
  const since = ({ counts, before }: InstanceTraffic): Counts => minus(counts, before);
  return {
    now: sum(ours.map(since)),
    recent: sum(theirs.map(since)),
    before: sum([...theirs.map(({ counts }) => counts), ...staying.map(({ before }) => before)]),
  };
}

export const requestsOf = ({ served, failed }: Counts): number => served + failed;

export const failures = (counts: Counts): Share => ({ hits: counts.failed, of: requestsOf(counts) });

/** Answers whose head took as long as bucket `bucket` or longer. */
export const slowFrom = ({ latency }: Counts, bucket: number): Share => ({
  hits: total(latency.slice(bucket)),
  of: total(latency),
});

const sum = (all: readonly Counts[]): Counts => all.reduce((a, b) => combine(a, b, (x, y) => x + y), NONE);

const minus = (a: Counts, b: Counts): Counts => combine(a, b, (x, y) => Math.max(0, x - y));

const combine = (a: Counts, b: Counts, by: (x: number, y: number) => number): Counts => ({
  served: by(a.served, b.served),
  failed: by(a.failed, b.failed),
  latency: Array.from({ length: LATENCY_BUCKETS }, (_, at) => by(a.latency[at] ?? 0, b.latency[at] ?? 0)),
});

const total = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
