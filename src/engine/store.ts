import type { Confirmation } from "../gates/approval/confirmation.ts";
import type { Plan } from "../plan/plan.ts";
import type { EndStatus, JournalRecord } from "./journal.ts";

export type LeaseOwner = Readonly<{
  /** For people: `user@host`. */
  name: string;
  host: string;
  /** Where its pid means something: this boot of this machine, and the container on it. */
  machine: string;
  pid: number;
  /** Start time of the process, so that a pid used again is not taken for the same one. */
  processStart: string;
  /** What it does, for people: `deploy 20261123-…`. */
  doing: string;
}>;

export type LeaseWish = Readonly<{
  owner: LeaseOwner;
  token: string /** Milliseconds without a renewal. */;
  lasts: number;
}>;

/** In milliseconds, by the store's own clock: those of the deployers may differ. */
export type Lease = Readonly<{
  owner: LeaseOwner;
  token: string;
  heldFor: number /** 0 or less: it has run out. */;
  left: number;
}>;

export type ReleaseStatus = EndStatus | "running" | "awaiting-approval" | "refused";

export type ReleaseKind = "deploy" | "rollback" | "promote" | "resume";

export type ReleaseRecord = Readonly<{
  id: string;
  environment: string;
  kind: ReleaseKind;
  status: ReleaseStatus;
  commit: string | null;
  by: string;
  createdAt: number;
  endedAt: number | null;
  plan: Plan;
  /** Evidence of checks and builds, and whatever else is for people. */
  evidence: Readonly<Record<string, unknown>>;
}>;

/** What was found out about a service apart from any release, known by what it was found out of. */
export type Evidence = Readonly<{ key: string; environment: string; service: string; at: number; value: unknown }>;

/** History, journal, lease, approvals. Losing it loses history, never correctness. SQLite here, PostgreSQL for a team. */
export interface Store {
  /** Null: taken. Otherwise who holds it. `dead` tells of an owner whose process is known to be gone. */
  acquire(environment: string, wish: LeaseWish, dead: (owner: LeaseOwner) => boolean): Promise<Lease | null>;
  /** It lasts as long again, from now. False: it was lost to somebody else. */
  renew(environment: string, token: string, lasts: number): Promise<boolean>;
  release(environment: string, token: string): Promise<void>;
  lease(environment: string): Promise<Lease | null>;

  create(release: ReleaseRecord): Promise<void>;
  update(id: string, change: Partial<Pick<ReleaseRecord, "status" | "endedAt" | "evidence">>): Promise<void>;
  find(id: string): Promise<ReleaseRecord | null>;
  /** Newest first, in the order in which the store was told of them. */
  releases(environment: string | null, limit: number): Promise<readonly ReleaseRecord[]>;

  /** When it resolves the record is durable, and all before it are. Not `durable`: it is written with the next one that is, and may be lost until then. */
  append(release: string, record: JournalRecord, durable?: boolean): Promise<void>;
  /** A torn tail is left out; a corrupt middle is refused with a StepFault `journal-corrupt`. */
  journal(release: string): Promise<readonly JournalRecord[]>;

  /** The last word of each person on an item counts: what was mistyped is said again. */
  confirm(confirmation: Confirmation): Promise<void>;
  confirmations(planId: string): Promise<readonly Confirmation[]>;

  /** The last word of each key. */
  keepEvidence(evidence: Evidence): Promise<void>;
  evidence(key: string): Promise<Evidence | null>;
  /** Newest first. */
  evidenceOf(environment: string, service: string): Promise<readonly Evidence[]>;

  close(): Promise<void>;
}
