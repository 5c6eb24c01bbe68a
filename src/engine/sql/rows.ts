import type { Plan } from "../../plan/plan.ts";
import type { Evidence, ReleaseKind, ReleaseRecord, ReleaseStatus } from "../store.ts";
import type { Tables } from "./tables.ts";

export const evidenceOf = ({ value_json, ...rest }: Tables["evidence"]): Evidence => ({
  ...rest,
  value: JSON.parse(value_json) as unknown,
});

export const releaseRow = (release: ReleaseRecord): Tables["releases"] => ({
  id: release.id,
  environment: release.environment,
  kind: release.kind,
  status: release.status,
  commit_id: release.commit,
  by: release.by,
  created_at: release.createdAt,
  ended_at: release.endedAt,
  plan_json: JSON.stringify(release.plan),
  evidence_json: JSON.stringify(release.evidence),
});

export const releaseOf = (row: Tables["releases"]): ReleaseRecord => ({
  id: row.id,
  environment: row.environment,
  kind: row.kind as ReleaseKind,
  status: row.status as ReleaseStatus,
  commit: row.commit_id,
  by: row.by,
  createdAt: row.created_at,
  endedAt: row.ended_at,
  plan: JSON.parse(row.plan_json) as Plan,
  evidence: JSON.parse(row.evidence_json) as Record<string, unknown>,
});
