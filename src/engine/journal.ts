import type { GateResult } from "../gates/gate.ts";
import type { StepId } from "../plan/plan.ts";

/** A step is done, or taken back. */
export type Way = "do" | "undo";

/** What a step left behind that later steps or people need. */
export type Outcome = Readonly<{
  /** Ids of the instances that a `bring` started. */
  handles?: readonly string[];
  gate?: GateResult;
}>;

export type FaultRecord = Readonly<{ code: string; message: string; evidence: string }>;

/** How a run of a plan ends; `superseded`: a newer deployer holds the environment. */
export type EndStatus = "verified" | "rolled-back" | "halted" | "interrupted" | "superseded";

/**
 * The journal of one release: intent before effect, outcome after. Times are milliseconds since the epoch.
 * An `intended` without an outcome is a step that a crash cut off: it is observed, never blindly repeated.
 */
export type JournalRecord = Readonly<
  | { kind: "claimed"; at: number; fence: number; owner: string }
  | { kind: "intended"; at: number; step: StepId; way: Way }
  | { kind: "done"; at: number; step: StepId; way: Way; took: number; outcome: Outcome }
  | {
      kind: "failed";
      at: number;
      step: StepId;
      way: Way;
      took: number;
      fault: FaultRecord;
      gate: GateResult | null;
      halts: boolean;
    }
  /** The decision to go back, once made, is not made again: a resumed run carries it out. */
  | {
      kind: "turned";
      at: number;
      cause: string;
      first: string | null;
      services: readonly string[];
      towards: "rolled-back" | "halted";
    }
  | { kind: "ended"; at: number; status: EndStatus }
>;

/** `release/step/ordinal`: 1 for doing, 2 for taking back. The same operation keeps its id through every resume. */
export const operationId = (release: string, step: StepId, way: Way): string =>
  `${release}/${step}/${way === "do" ? 1 : 2}`;
