import { systemClock } from "../io/clock.ts";
import type { LoadReport, Loss, LossKind } from "./mix.ts";

const KEPT_LOSSES = 100;
/** Latency buckets grow by 2^(1/8), about 9 %. */
const FINENESS = 8;

/** Counts in bounded memory, however long the run. */
export class Tally {
  readonly #started = performance.now();
  #sending: number | null = null;
  readonly #losses: Loss[] = [];
  readonly #byKind = new Map<LossKind, number>();
  readonly #byMix = new Map<string, { served: number; lost: number }>();
  readonly #buckets: number[] = [];
  readonly #acknowledged: string[] = [];
  readonly #retired = new Map<string, Set<string>>();

  served(mix: string, milliseconds: number | null = null): void {
    this.#of(mix).served += 1;
    if (milliseconds === null) return;
    const bucket = Math.max(0, Math.round(Math.log2(Math.max(milliseconds, 0.01) * 100) * FINENESS));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  lost(mix: string, kind: LossKind, detail: string): void {
    this.#of(mix).lost += 1;
    this.#byKind.set(kind, (this.#byKind.get(kind) ?? 0) + 1);
    if (this.#losses.length < KEPT_LOSSES) this.#losses.push({ kind, mix, at: systemClock.now(), detail });
  }

  /** Nothing new is sent from now on; what is in flight is still counted. */
  over(): void {
    this.#sending ??= performance.now() - this.#started;
  }

  acknowledge(id: string): void {
    this.#acknowledged.push(id);
  }

  retire(mix: string, version: string): void {
    this.#retiredOf(mix).add(version);
  }

  revive(mix: string, version: string): void {
    this.#retiredOf(mix).delete(version);
  }

  /** The versions that must not answer a request that starts now. */
  retired(mix: string): ReadonlySet<string> {
    return new Set(this.#retiredOf(mix));
  }

  report(): LoadReport {
    const mixes = [...this.#byMix.values()];
    return {
      served: mixes.reduce((sum, mix) => sum + mix.served, 0),
      lost: mixes.reduce((sum, mix) => sum + mix.lost, 0),
      losses: this.#losses,
      byKind: Object.fromEntries(this.#byKind),
      byMix: Object.fromEntries(this.#byMix),
      latency: { p50: this.#percentile(0.5), p99: this.#percentile(0.99) },
      acknowledged: this.#acknowledged,
      seconds: (this.#sending ?? performance.now() - this.#started) / 1000,
    };
  }

  #percentile(share: number): number {
    const total = this.#buckets.reduce((sum, count) => sum + (count ?? 0), 0);
    let seen = 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      seen += count ?? 0;
      if (seen > 0 && seen >= total * share) return Math.round(2 ** (bucket / FINENESS)) / 100;
    }
    return 0;
  }

  #of(mix: string): { served: number; lost: number } {
    const found = this.#byMix.get(mix) ?? { served: 0, lost: 0 };
    this.#byMix.set(mix, found);
    return found;
  }

  #retiredOf(mix: string): Set<string> {
    const found = this.#retired.get(mix) ?? new Set();
    this.#retired.set(mix, found);
    return found;
  }
}
