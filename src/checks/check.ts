import type { Problem } from "../problem.ts";

export type CheckKind =
  | "rules"
  | "ci"
  | "working-tree"
  | "branch"
  | "after"
  | "test"
  | "build"
  | "variables"
  | "declared"
  | "isolation"
  | "containers"
  | "contract"
  | "leaks";

/** What was looked at before a release, and what was seen. Lands in the release's record. */
export type CheckResult = Readonly<{
  kind: CheckKind;
  /** Null: of the repository or the environment as a whole. */
  service: string | null;
  /** Inconclusive never counts as passed; its problems say what to do. */
  verdict: "passed" | "failed" | "inconclusive";
  /** Milliseconds; 0 when it was known from before. */
  took: number;
  /** What was done and what came of it; masked, at most 16 KiB. */
  evidence: string;
  /** Why it did not pass; may hold hints when it did. */
  problems: readonly Problem[];
}>;

/** A check without what `runChecks` adds to it. */
export type Found = Pick<CheckResult, "verdict" | "evidence" | "problems">;

export const passed = (evidence: string, hints: readonly Problem[] = []): Found => ({
  verdict: "passed",
  evidence,
  problems: hints,
});

export const failed = (evidence: string, problems: readonly Problem[]): Found => ({
  verdict: "failed",
  evidence,
  problems,
});

export const inconclusive = (evidence: string, problems: readonly Problem[]): Found => ({
  verdict: "inconclusive",
  evidence,
  problems,
});

/** Failed when there are problems. */
export const judged = (evidence: string, problems: readonly Problem[]): Found =>
  problems.length === 0 ? passed(evidence) : failed(evidence, problems);

/** What stops a release: the problems of every check that did not pass. Empty: go on. Refuse with exit 3. */
export const refusals = (results: readonly CheckResult[]): readonly Problem[] =>
  results.filter((result) => result.verdict !== "passed").flatMap((result) => result.problems);
