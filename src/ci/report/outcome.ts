import type { CheckResult } from "../../checks/check.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Problem } from "../../problem.ts";
import type { ReleaseDocument } from "../../release/outcome.ts";
import type { Affected } from "../affected.ts";
import type { CiRun } from "../run.ts";

/** What `sampan ci` prints with --json, and keeps as evidence. */
export type CiDocument = Readonly<{
  formatVersion: 1;
  run: Pick<CiRun, "provider" | "event" | "ref" | "into" | "commit" | "page">;
  decision: Readonly<{ kind: "check" | "deploy" | "nothing"; environments: readonly string[]; why: string }> | null;
  /** The commit that the services were compared with. */
  base: string | null;
  affected: readonly Affected[];
  checks: readonly CheckResult[];
  releases: readonly ReleaseDocument[];
  problems: readonly Problem[];
}>;

/** With the plans of its releases, by release. */
export type CiOutcome = Readonly<{ document: CiDocument; plans: ReadonlyMap<string, Plan> }>;

/** One word for people and scripts. */
export function statusOf({ decision, checks, releases, problems }: CiDocument): string {
  const last = releases.at(-1);
  if (last !== undefined && last.status !== "verified") return last.status;
  if (problems.length > 0 || decision === null) return "refused";
  // With --decide nothing was checked, and nothing released: what was not done has not gone well.
  if (decision.kind !== "nothing" && checks.length === 0 && last === undefined) return "decided";
  if (decision.kind === "check") return checks.every(({ verdict }) => verdict === "passed") ? "passed" : "failed";
  return decision.kind === "nothing" ? "nothing" : "verified";
}
