import type { TrafficSpec } from "../../fleet/fleet.ts";
import { LATENCY_BOUNDS, latencyBucket } from "../../router/latency.ts";
import type { Counts } from "../../router/router.ts";
import { type Finding, failed, passed } from "../subject.ts";
import { failures, requestsOf, type Sides, slowFrom } from "./counts.ts";
import { leastIncrease, lowerLimit, rateOf, type Share, surelyAbove } from "./limits.ts";

/** The share of answers that may be slow: what 90 % of the old ones' keep below is the measure. */
const SLOW_SHARE = 0.1;
/** Differences below so many milliseconds are the machine's, not the service's. */
const NOTICEABLE = 20;
/** So many answers of the old instances since the release began are enough to be compared with alone. */
const ENOUGH_RECENT = 1000;

/**
 * Compares the new instances' answers with the verified ones'. `alpha`: with what chance an equal revision may at most be taken for a worse
 * one, by errors and by latency each.
 */
export function judge(sides: Sides, spec: TrafficSpec, alpha: number): Finding {
  const { now } = sides;
  const requests = requestsOf(now);
  if (requests < spec.least) {
    return passed(
      `too little traffic to judge: ${requests} requests of the ${spec.least} needed, ${now.failed} failed`,
    );
  }
  return worseErrors(sides, spec, alpha) ?? worseLatency(sides, spec, alpha) ?? passed(asGood(sides, spec));
}

/** With whom to compare: what happens now, as long as there is enough of it, else all that was counted. */
const measureOf = ({ recent, before }: Sides): Counts => (requestsOf(recent) >= ENOUGH_RECENT ? recent : before);

function worseErrors(sides: Sides, { errors, least }: TrafficSpec, alpha: number): Finding | null {
  const { now, recent } = sides;
  const measure = measureOf(sides);
  const found = `${told(failures(now))} failed`;
  if (requestsOf(measure) < least) {
    if (!surelyAbove(failures(now), errors, alpha)) return null;
    return failed(
      `${found}, surely more than ${percent(lowerLimit(failures(now), alpha))}; ${percent(errors)} may (there is nothing to compare with)`,
    );
  }
  if (rateOf(failures(now)) - rateOf(failures(measure)) <= errors) return null;
  const more = leastIncrease(failures(now), failures(measure), alpha);
  if (more <= errors) return null;
  // What depends on the same trouble as the old instances is no worse than they.
  if (requestsOf(recent) >= least && rateOf(failures(now)) - rateOf(failures(recent)) <= errors) return null;
  return failed(
    `${found}, of the old revision's ${told(failures(measure))}: surely ${percent(more)} more, ${percent(errors)} more may`,
  );
}

function worseLatency(sides: Sides, spec: TrafficSpec, alpha: number): Finding | null {
  const { now, recent } = sides;
  const usual = usualLatency(measureOf(sides), alpha);
  const limit = usual === null ? null : boundFrom(Math.max(usual * spec.slower, NOTICEABLE));
  if (usual === null || limit === null) return null;
  const slow = (counts: Counts): Share => slowFrom(counts, latencyBucket(limit));
  if (!surelyAbove(slow(now), SLOW_SHARE, alpha)) return null;
  if (requestsOf(recent) >= spec.least && rateOf(slow(recent)) > SLOW_SHARE) return null;
  return failed(
    `${told(slow(now))} answers took ${limit} ms or longer, surely more than ${percent(lowerLimit(slow(now), alpha))}; of the old revision's, 90 % took less than ${usual} ms`,
  );
}

/**
 * The bound below which 90 % of the answers surely stay; null where that cannot be said: fewer than some 66 say nothing of a tenth, and what is
 * slower than all bounds has none.
 */
export function usualLatency(counts: Counts, alpha: number): number | null {
  for (const [bucket, bound] of LATENCY_BOUNDS.entries()) {
    const { hits, of } = slowFrom(counts, bucket + 1);
    if (surelyAbove({ hits: of - hits, of }, 1 - SLOW_SHARE, alpha)) return bound;
  }
  return null;
}

/** Routers count in steps: the next one from so many milliseconds on; null beyond the last. */
const boundFrom = (ms: number): number | null => LATENCY_BOUNDS.find((bound) => bound >= ms) ?? null;

function asGood(sides: Sides, spec: TrafficSpec): string {
  const measure = measureOf(sides);
  const mine = `${told(failures(sides.now))} failed, ${speed(sides.now)}`;
  if (requestsOf(measure) < spec.least) return `${mine}; there is nothing to compare with`;
  return `${mine}; of the old revision's ${told(failures(measure))}, ${speed(measure)}`;
}

/** For people: without a margin of doubt. */
function speed({ latency }: Counts): string {
  const all = latency.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [bucket, bound] of LATENCY_BOUNDS.entries()) {
    below += latency[bucket] ?? 0;
    if (all > 0 && below >= all * (1 - SLOW_SHARE)) return `90 % within ${bound} ms`;
  }
  return all === 0 ? "no answer timed" : `90 % within no less than ${LATENCY_BOUNDS.at(-1)} ms`;
}

const told = (share: Share): string => `${share.hits} of ${share.of} (${percent(rateOf(share))})`;

/** Three digits are enough, and `0.00 %` would be a lie. */
const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
