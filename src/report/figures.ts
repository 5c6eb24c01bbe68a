import type { ReleaseRecord } from "../engine/store.ts";

/** A release as far as a report is about it. Times are milliseconds since the epoch. */
export type ReportedRelease = Pick<
  ReleaseRecord,
  "id" | "kind" | "status" | "by" | "commit" | "createdAt" | "endedAt"
> &
  Readonly<{
    /** Services that it changed. */
    services: readonly string[];
    /** When the commits that it brought were made; empty where that is not known. */
    commits: readonly number[];
    breakGlass: string | null;
  }>;

export type Period = Readonly<{ from: number; to: number }>;

/** The four figures of a period. Seconds; null: nothing to tell it from. */
export type Figures = Readonly<{
  /** Changes that were verified. */
  deployments: number;
  perDay: number;
  /** From a commit to verified: the median over all commits that came. */
  leadSeconds: number | null;
  /** Of the changes that ended in the period, how many failed. */
  failed: number;
  failureRate: number | null;
  /** From a failure to what serves again: the median. */
  restoreSeconds: number | null;
}>;

/** What became of one change. */
export type Change = Readonly<{
  release: ReportedRelease;
  outcome: "verified" | "failed";
  leadSeconds: readonly number[];
  /** Null: it did not fail, or nothing has been restored yet. */
  restoreSeconds: number | null;
}>;

const DAY = 86_400_000;

/** Pure. Of the changes of one environment those that ended in the period. */
export function figuresOf(all: readonly Change[], period: Period): Figures {
  const changes = all.filter((change) => endedIn(change, period));
  const verified = changes.filter(({ outcome }) => outcome === "verified");
  const failed = changes.filter(({ outcome }) => outcome === "failed");
  return {
    deployments: verified.length,
    perDay: verified.length / Math.max(1, (period.to - period.from) / DAY),
    leadSeconds: median(verified.flatMap(({ leadSeconds }) => leadSeconds)),
    failed: failed.length,
    failureRate: changes.length === 0 ? null : failed.length / changes.length,
    restoreSeconds: median(failed.flatMap(({ restoreSeconds }) => restoreSeconds ?? [])),
  };
}

export const endedIn = ({ release: { endedAt } }: Change, { from, to }: Period): boolean =>
  endedAt !== null && from <= endedAt && endedAt < to;

/**
 * Each deployment and promotion, and what became of it. `releases` of one environment, in any order, with those after a period that is asked
 * about: they may have restored what failed in it. Failed is what was thrown back or halted, and what was verified and then rolled
 * back by somebody before the next change. What was thrown back has restored itself at its end; a halted one is restored by the next release that
 * is verified, one rolled back later by that rollback.
 */
export function changesOf(releases: readonly ReportedRelease[]): readonly Change[] {
  const ended = releases
    .filter(
      ({ endedAt, status }) =>
        endedAt !== null && (status === "verified" || status === "rolled-back" || status === "halted"),
    )
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  return ended.flatMap((release, at): readonly Change[] => {
    if (release.kind === "rollback" || release.endedAt === null) return [];
    const next = ended.slice(at + 1);
    const end = release.endedAt;
    const leadSeconds = release.commits.map((made) => Math.max(0, (end - made) / 1000));
    switch (release.status) {
      case "rolled-back":
        return [{ release, outcome: "failed", leadSeconds: [], restoreSeconds: (end - release.createdAt) / 1000 }];
      case "halted": {
        const restoring = next.find(({ status }) => status === "verified")?.endedAt ?? null;
        const restoreSeconds = restoring === null ? null : (restoring - release.createdAt) / 1000;
        return [{ release, outcome: "failed", leadSeconds: [], restoreSeconds }];
      }
      default: {
        const after = next.find(({ status }) => status === "verified");
        if (after?.kind !== "rollback" || after.endedAt === null || !touches(after, release))
          return [{ release, outcome: "verified", leadSeconds, restoreSeconds: null }];
        return [{ release, outcome: "failed", leadSeconds: [], restoreSeconds: (after.endedAt - end) / 1000 }];
      }
    }
  });
}

const touches = (a: ReportedRelease, b: ReportedRelease): boolean =>
  a.services.some((name) => b.services.includes(name));

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
