import type { Loss, MigrationFile, RollbackVerdict } from "../../plan/plan.ts";

/** Inconclusive never counts as passed. */
export type ProofVerdict = "passed" | "failed" | "inconclusive";

export type ProofPartName =
  /** Up, down, and all as it was; up again. */
  | "reversal"
  /** The artifact that runs now, on the migrated schema. */
  | "old-on-new"
  /** Only where the fleet file wants the code to be deployable before its migrations. */
  | "new-on-old"
  /** Old code again, after new code has written. */
  | "rollback"
  /** Every other deployed service on the same database, as its own role. */
  | "neighbours"
  /** Batches that run once the code does, and code on what they fill. */
  | "data"
  /** How long anybody waits. */
  | "locks";

export type ProofPart = Readonly<{
  part: ProofPartName;
  verdict: ProofVerdict;
  /** One line; then, one a line, which check, which statement, which error. */
  evidence: string;
  /** Milliseconds. */
  took: number;
}>;

/** What is known of a set of migrations of one service, on the schema that it was proven on. */
export type Proof = Readonly<{
  formatVersion: 1;
  environment: string;
  service: string;
  /** In the order in which they run. */
  files: readonly MigrationFile[];
  /** What is filled in batches after them. */
  data: readonly MigrationFile[];
  /** The artifact that ran when it was proven; null: the service's first deployment. */
  running: string | null;
  /** The artifact that brings these migrations. */
  next: string;
  migration: string;
  /** Hash of the schema that it was proven on, with the rights of these roles; those that are named by their purpose are called otherwise elsewhere. */
  catalog: string;
  roles: readonly string[];
  verdict: ProofVerdict;
  rollback: RollbackVerdict;
  /** What the down files take away of what new code wrote; nothing where there are none or nothing was written. */
  downLoses: readonly Loss[];
  parts: readonly ProofPart[];
  /** Milliseconds since the epoch. */
  at: number;
  /** Milliseconds. */
  took: number;
}>;

/** Failed where any part failed, passed only where all did. */
export function verdictOf(parts: readonly Pick<ProofPart, "verdict">[]): ProofVerdict {
  if (parts.some(({ verdict }) => verdict === "failed")) return "failed";
  return parts.length > 0 && parts.every(({ verdict }) => verdict === "passed") ? "passed" : "inconclusive";
}
