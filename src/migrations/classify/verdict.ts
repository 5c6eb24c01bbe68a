import type { Problem } from "../../problem.ts";

/** What a statement does to code that was written before it: PostgreSQL's table locks, weakest first. */
export const LOCK_MODES = [
  "AccessShare",
  "RowShare",
  "RowExclusive",
  "ShareUpdateExclusive",
  "Share",
  "ShareRowExclusive",
  "Exclusive",
  "AccessExclusive",
] as const;

export type LockMode = (typeof LOCK_MODES)[number];

/**
 * `expand`: old code does not notice. `expand-if`: it does not notice under the condition told. `contract`: it breaks, or its
 * results change. `data`: rows are changed, not the schema. `unknown`: nobody can tell from the text; taken as the worst.
 */
export type Compatibility = "expand" | "expand-if" | "contract" | "data" | "unknown";

export type LockVerdict = Readonly<{
  /** The strongest; null: no table is locked. */
  mode: LockMode | null;
  /** `schema.table` as far as it is known. */
  on: readonly string[];
  /** Every row is written anew. */
  rewrite: boolean;
  /** Every row is read under the lock. */
  scan: boolean;
  /** What others cannot do meanwhile. */
  blocks: "nothing" | "writes" | "reads";
  /** True where the lock is held for as long as the table is large. */
  unsafe: boolean;
}>;

/** Of one statement, or of one of the changes that a single ALTER TABLE makes. */
export type StatementVerdict = Readonly<{
  file: string;
  /** 1-based, of the statement's first word. */
  line: number;
  column: number;
  /** Its first line, shortened. */
  text: string;
  compatibility: Compatibility;
  lock: LockVerdict;
  /** The row of the rules' table (docs/reference/migration-rules.md); null where none fits. */
  row: number | null;
  /** Stable, kebab-case; what `-- sampan: allow RULE because …` names. */
  rule: string;
  why: string;
  /** Of `expand-if`: what must hold. */
  condition: string | null;
  safeWay: string | null;
  allowed: Readonly<{ because: string }> | null;
  /** What could not be decided without the database's catalog; the verdict is then the careful one. */
  undecided: string | null;
  /** SQLSTATEs and silent effects that old code may meet. */
  breaks: readonly string[];
}>;

export type FileVerdict = Readonly<{
  file: string;
  direction: "up" | "down";
  /** When it may run: before the release's instances start, after them, or once nothing needs the old form. */
  phase: "expand" | "data" | "contract" | "unknown";
  statements: readonly StatementVerdict[];
  /** Why it cannot be read, or an allowance in it that is none. */
  problems: readonly Problem[];
}>;
