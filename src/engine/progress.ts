import type { StepId } from "../plan/plan.ts";
import type { JournalRecord, Outcome } from "./journal.ts";

/** Where a run stands, as the journal tells it. */
export type Progress = {
  readonly done: Map<StepId, Outcome>;
  /** Intended, with or without an outcome: what may have left something behind. */
  readonly intended: Set<StepId>;
  /** Failures about which nothing was decided yet. */
  readonly failed: Map<StepId, Failure>;
  readonly undone: Set<StepId>;
  readonly undoIntended: Set<StepId>;
  readonly undoFailed: Map<StepId, Failure>;
  readonly turns: Turn[];
};

export type Failure = Readonly<{ message: string; halts: boolean }>;

export type Turn = Extract<JournalRecord, { kind: "turned" }>;

export const noProgress = (): Progress => ({
  done: new Map(),
  intended: new Set(),
  failed: new Map(),
  undone: new Set(),
  undoIntended: new Set(),
  undoFailed: new Map(),
  turns: [],
});

/** Takes one record in; replaying the journal and running live go through the same door. */
export function note(progress: Progress, record: JournalRecord): void {
  switch (record.kind) {
    case "intended":
      if (record.way === "do") {
        progress.intended.add(record.step);
        progress.failed.delete(record.step);
      } else {
        progress.undoIntended.add(record.step);
        progress.undoFailed.delete(record.step);
      }
      return;
    case "done":
      if (record.way === "do") {
        progress.done.set(record.step, record.outcome);
        progress.failed.delete(record.step);
      } else {
        progress.undone.add(record.step);
        progress.undoFailed.delete(record.step);
      }
      return;
    case "failed":
      (record.way === "do" ? progress.failed : progress.undoFailed).set(record.step, {
        message: record.fault.message,
        halts: record.halts,
      });
      return;
    case "turned":
      progress.turns.push(record);
      progress.failed.clear();
      return;
    case "claimed":
    case "ended":
      return;
  }
}

export function replay(records: readonly JournalRecord[]): Progress {
  const progress = noProgress();
  for (const record of records) note(progress, record);
  return progress;
}
