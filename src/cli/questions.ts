import { createInterface } from "node:readline/promises";
import type { Inconclusive } from "../engine/execute.ts";
import type { GateResult } from "../gates/gate.ts";
import type { Step } from "../plan/plan.ts";
import type { Call } from "./call.ts";
import { isInteractive } from "./output.ts";
import { oneLine } from "./render/plain.ts";

/** One question on the terminal. */
export async function askLine(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question, { signal })).trim();
  } finally {
    lines.close();
  }
}

export async function yes(question: string, signal: AbortSignal): Promise<boolean> {
  return /^(y|yes|д|да)$/i.test(await askLine(`${question} [y/N] `, signal));
}

/** Inconclusive never counts as passed: a person decides, and where there is none the release stops. */
export function askInconclusive(call: Call): (step: Step, gate: GateResult) => Promise<Inconclusive> {
  return async (step, gate) => {
    if (!isInteractive(call)) return "halt";
    process.stderr.write(`\n${step.id} could not decide: ${oneLine(gate.evidence)}\n`);
    const answer = await askLine("look again (r), go back (b) or halt (h)? ", call.stop);
    if (answer.startsWith("r")) return "retry";
    return answer.startsWith("b") ? "back" : "halt";
  };
}
