import { z } from "zod";
import { StepFault } from "../fault.ts";
import type { AgentReply } from "./protocol.ts";
import { stateFault } from "./state/database.ts";

export type WireFault = Extract<AgentReply, { fault: unknown }>["fault"];

/** What a caller is told of what went wrong; what is no fault is a bug of the agent and says so. */
export function faultOf(error: unknown, statePath: string): WireFault {
  const fault = known(error, statePath);
  return { code: fault.code, message: fault.message, evidence: fault.evidence, retry: fault.retry };
}

function known(error: unknown, statePath: string): StepFault {
  if (error instanceof StepFault) return error;
  if (error instanceof z.ZodError) {
    return new StepFault({ code: "bad-params", message: z.prettifyError(error).replaceAll("\n", " ") });
  }
  const ofState = stateFault(error, statePath);
  if (ofState !== null) return ofState;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StepFault({
      code: "disk-full",
      message: "The disk of the agent's host is full",
      evidence: message,
      retry: "safe",
    });
  }
  return new StepFault({
    code: "agent-bug",
    message: `The agent failed: ${message}`,
    evidence: error instanceof Error ? (error.stack ?? "") : "",
    retry: "unknown",
  });
}
