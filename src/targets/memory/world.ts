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
};

/** A host in memory. Shared by the targets of several deployers, as a real host is. */
export type World = {
  fence: number;
  readonly instances: Map<string, MemoryInstance>;
  readonly routes: Map<string, { match: readonly Route[]; backends: readonly Backend[] }>;
  readonly marks: Map<string, VerifiedMark[]>;
  readonly staged: Map<string, Readonly<Record<string, string>>>;
  readonly rotating: Map<string, Readonly<Record<string, string>>>;
  readonly ledger: Landed[];
};

export const emptyWorld = (): World => ({
  fence: 0,
  instances: new Map(),
  routes: new Map(),
  marks: new Map(),
  staged: new Map(),
  rotating: new Map(),
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
