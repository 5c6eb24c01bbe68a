import { createInterface, type ReadLineOptions } from "node:readline/promises";
import type { Inconclusive } from "../engine/execute.ts";
import type { GateResult } from "../gates/gate.ts";
import { oneLine } from "../plain.ts";
import type { Step } from "../plan/plan.ts";
import type { Call } from "./call.ts";
import { isInteractive } from "./output.ts";

const TERMINAL: ReadLineOptions = { input: process.stdin, output: process.stderr };

/** One question on the terminal; its end (Ctrl-D) is an empty answer. Rejects with the signal's reason. */
export async function askLine(question: string, signal: AbortSignal, terminal = TERMINAL): Promise<string> {
  const lines = createInterface(terminal);
  // A terminal that is read key by key sends no signal of its own.
  lines.on("SIGINT", () => process.emit("SIGINT"));
  try {
    return (await lines.question(question, { signal })).trim();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === "AbortError") return "";
    throw error;
  } finally {
    lines.close();
  }
}

export async function yes(question: string, signal: AbortSignal): Promise<boolean> {
  return /^(y|yes|д|да)$/i.test(await askLine(`${question} [y/N] `, signal));
}

/** Inconclusive never counts as passed: a person decides, and where there is none the release stops. */
export function askInconclusive(call: Call): (step: Step, gate: GateResult) => Promise<Inconclusive> {
  // One question after the other: gates of several services, and of one, run side by side.
  let before: Promise<unknown> = Promise.resolve();
  const ask: ReturnType<typeof askInconclusive> = async (step, gate) => {
    process.stderr.write(`\n${step.id} could not decide: ${oneLine(gate.evidence)}\n`);
    const answer = await askLine("look again (r), go back (b) or halt (h)? ", call.stop);
    if (answer.startsWith("r")) return "retry";
    return answer.startsWith("b") ? "back" : "halt";
  };
  return async (step, gate) => {
    if (!isInteractive(call)) return "halt";
    const mine = before.catch(() => undefined).then(() => ask(step, gate));
    before = mine;
    return await mine;
  };
}
