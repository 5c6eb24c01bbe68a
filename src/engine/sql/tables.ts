/** Columns named `*_json` hold JSON text; times are milliseconds since the epoch. The same in every store. */
export type Tables = {
  leases: { environment: string; token: string; owner_json: string; since: number; expires_at: number };
  releases: {
    id: string;
    environment: string;
    kind: string;
    status: string;
    commit_id: string | null;
    by: string;
    created_at: number;
    ended_at: number | null;
    plan_json: string;
    evidence_json: string;
  };
  journal: { release: string; seq: number; record_json: string; sum: string };
  confirmations: {
    plan_id: string;
    item: string;
    by: string;
    at: number;
    evidence: string | null;
    note: string | null;
  };
  evidence: { key: string; environment: string; service: string; at: number; value_json: string };
};
