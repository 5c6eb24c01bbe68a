import type { Action, InstanceRef, Step } from "../plan/plan.ts";
import type { Outcome, Way } from "./journal.ts";

/** One step about to act. */
export type Operation = Readonly<{
  id: string;
  step: Step;
  way: Way;
  /** The step's action, or its undo. */
  action: Action;
  /** The instances that references name, once the steps that brought them are done. */
  instances: (refs: readonly InstanceRef[]) => Promise<readonly string[]>;
}>;

/** What carries actions out; all that the engine knows of the world. */
export interface Driver {
  /** Rejects with a StepFault. Repeating an operation under its id must not repeat its effect. */
  perform(operation: Operation, signal: AbortSignal): Promise<Outcome>;
  /** Did a crash cut this operation off after its effect? The outcome if the effect is wholly there, else null. */
  probe(operation: Operation, signal: AbortSignal): Promise<Outcome | null>;
  /** Ids of the instances that this operation brought, in their order. */
  find(operationId: string, signal: AbortSignal): Promise<readonly string[]>;
}
