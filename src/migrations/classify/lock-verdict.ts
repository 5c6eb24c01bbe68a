import type { Finding } from "./rules/rule.ts";
import { LOCK_MODES, type LockMode, type LockVerdict } from "./verdict.ts";

const BLOCKS: Readonly<Record<LockMode, LockVerdict["blocks"]>> = {
  AccessShare: "nothing",
  RowShare: "nothing",
  RowExclusive: "nothing",
  ShareUpdateExclusive: "nothing",
  Share: "writes",
  ShareRowExclusive: "writes",
  Exclusive: "writes",
  AccessExclusive: "reads",
};

export function lockOf(finding: Finding): LockVerdict {
  const mode = finding.mode === undefined ? finding.rule.mode : finding.mode;
  const rewrite = finding.rewrite ?? finding.rule.rewrite;
  const scan = finding.scan ?? finding.rule.scan;
  const blocks = finding.blocks ?? (mode === null ? "nothing" : BLOCKS[mode]);
  return { mode, on: finding.on, rewrite, scan, blocks, unsafe: blocks !== "nothing" && (rewrite || scan) };
}

/** What a transaction holds, told to the statements that come after. */
export type Held = Readonly<{ mode: LockMode; on: readonly string[]; blocks: "writes" | "reads"; line: number }>;

export const heaviest = (held: Held | null, lock: LockVerdict, line: number): Held | null => {
  if (lock.mode === null || lock.blocks === "nothing" || lock.on.length === 0) return held;
  const heavier = held === null || LOCK_MODES.indexOf(lock.mode) > LOCK_MODES.indexOf(held.mode);
  return heavier ? { mode: lock.mode, on: lock.on, blocks: lock.blocks, line } : held;
};

/** A statement that takes long keeps others waiting for every lock that its transaction holds. */
export function extended(lock: LockVerdict, held: Held | null): LockVerdict {
  if (held === null || !(lock.rewrite || lock.scan)) return lock;
  const blocks = lock.blocks === "reads" || held.blocks === "reads" ? "reads" : "writes";
  return { ...lock, blocks, unsafe: true };
}
