/** Inconclusive never counts as passed: it waits, then asks. */
export type Verdict = "passed" | "failed" | "inconclusive";

export type GateResult = Readonly<{
  kind: "up" | "health" | "smoke" | "contract" | "logs" | "traffic" | "tests" | "approval";
  verdict: Verdict;
  /** One line that says why, quoting what was seen; secrets already masked by the caller's sink. */
  evidence: string;
  /** Longer material for the record: quoted log lines, response bodies (bounded to 64 KiB in all). */
  detail: readonly string[];
  /** How long the gate took, in milliseconds. */
  took: number;
}>;
