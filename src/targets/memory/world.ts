import type { Route, ServiceSpec } from "../../fleet/fleet.ts";
import type { Backend, ObservedInstance, Revision, VerifiedMark } from "../../plan/observed.ts";

/** One effect that landed, in the order of landing: what an oracle judges by. */
export type Landed = Readonly<{
  fence: number;
  operationId: string;
  verb: "bring" | "revive" | "retire" | "shift" | "mark" | "unmark" | "stage";
  service: string;
  /** Instances or the like that it touched. */
  what: readonly string[];
}>;

export type MemoryInstance = { -readonly [K in keyof ObservedInstance]: ObservedInstance[K] } & {
  source: string;
  spec: ServiceSpec;
  /** What it has logged since it was brought or revived. */
  lines: string[];
};

export type Staged = Readonly<{
  variables: Readonly<Record<string, string>>;
  /** Names that rotated before and no longer did when this was staged: their values here are its own. */
  own: ReadonlySet<string>;
}>;

/** A host in memory. Shared by the targets of several deployers, as a real host is. */
export type World = {
  /** Keys its fingerprints: another world gives the same variables another one. */
  readonly key: string;
  fence: number;
  /** Handed out so far. */
  ports: number;
  readonly instances: Map<string, MemoryInstance>;
  readonly routes: Map<string, { match: readonly Route[]; backends: readonly Backend[] }>;
  readonly marks: Map<string, VerifiedMark[]>;
  readonly staged: Map<string, Staged>;
  /** Current values of what rotates, by service. */
  readonly rotating: Map<string, Readonly<Record<string, string>>>;
  /** Operations that have marked already. */
  readonly marked: Set<string>;
  readonly ledger: Landed[];
};

export const emptyWorld = (key = "memory"): World => ({
  key,
  fence: 0,
  ports: 20_000,
  instances: new Map(),
  routes: new Map(),
  marks: new Map(),
  staged: new Map(),
  rotating: new Map(),
  marked: new Set(),
  ledger: [],
});

/** What a script of failures is asked before and after each effect. */
export type Moment = Readonly<{
  verb: string;
  service: string;
  operationId: string;
  when: "before" | "after";
  revision: Revision | null;
}>;

/** Throws, waits or does nothing. `after` means: the effect is there, its answer is what gets lost. */
export type Script = (moment: Moment) => Promise<void> | void;
