import { STALE_FENCE, StepFault } from "../fault.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import { EnvironmentHeld } from "../release/lease.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { Interrupted } from "./interruption.ts";
import { renderProblems } from "./render/problems.ts";

/** Says what went wrong, in one line each, and with which code to exit. */
export function report(error: unknown, json: boolean): ExitCode {
  const { problems, exit } = understood(error);
  if (json) process.stdout.write(`${JSON.stringify({ problems }, null, 2)}\n`);
  else process.stderr.write(renderProblems(problems, process.stderr.isTTY === true));
  return exit;
}

export function understood(error: unknown): { problems: readonly Problem[]; exit: ExitCode } {
  if (error instanceof Refused) return { problems: error.problems, exit: error.exit };
  if (error instanceof EnvironmentHeld) {
    return {
      problems: [problem("environment-held", error.message, "wait for it, or see `sampan status`")],
      exit: EXIT.held,
    };
  }
  if (error instanceof Interrupted || (error instanceof Error && error.name === "AbortError"))
    return { problems: [problem("interrupted", "interrupted", null)], exit: EXIT.interrupted };
  if (error instanceof StepFault) {
    return {
      problems: [problem(error.code, error.message, error.evidence === "" ? null : error.evidence)],
      exit: error.code === STALE_FENCE ? EXIT.held : EXIT.refused,
    };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    problems: [
      problem(
        "bug",
        `this is a bug in Sampan: ${message}`,
        "nothing is lost: `sampan status` reads what runs from the target",
      ),
    ],
    exit: EXIT.bug,
  };
}
