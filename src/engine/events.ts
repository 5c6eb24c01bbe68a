import type { Plan, Step } from "../plan/plan.ts";
import type { EndStatus, FaultRecord, Outcome, Way } from "./journal.ts";

/** What happens, as it happens: renderers read only these. */
export type EngineEvent = Readonly<
  | { kind: "plan"; plan: Plan; release: string; resumed: boolean }
  | { kind: "step-started"; step: Step; way: Way }
  | { kind: "step-done"; step: Step; way: Way; took: number; outcome: Outcome }
  | { kind: "step-failed"; step: Step; way: Way; took: number; fault: FaultRecord }
  | { kind: "step-retried"; step: Step; way: Way; fault: FaultRecord }
  | { kind: "turned"; cause: string; services: readonly string[]; towards: "rolled-back" | "halted" }
  | { kind: "ended"; status: EndStatus }
>;

export type OnEvent = (event: EngineEvent) => void;
