import { StepFault } from "../../fault.ts";
import type { Logged } from "./run-logged.ts";

const LINES = 40;

/** A command that a build needed has failed: its last lines, and where all of them are. `why`: its own word on it, where that is known. */
export function commandFault(of: Logged & Readonly<{ code: string; what: string; why?: string | null }>): StepFault {
  const lines = of.output.trimEnd().split(/\r?\n/);
  const full = /\bENOSPC\b|No space left on device/i.test(of.output);
  const how =
    of.failure === "not-found"
      ? `${of.argv[0]} is not on the PATH`
      : of.failure === "timeout"
        ? "took too long"
        : of.exitCode === null
          ? `was ended (${of.failure ?? "signal"})`
          : `ended with exit code ${of.exitCode}`;
  return new StepFault({
    code: full ? "disk-full" : of.failure === "not-found" ? "tool-missing" : of.code,
    message: full
      ? `${of.what} failed: the disk is full`
      : `${of.what} failed: ${of.argv.slice(0, 4).join(" ")} ${how}${of.why == null ? "" : `: ${of.why}`}; all of it is in ${of.log}`,
    evidence: lines.slice(-LINES).join("\n"),
    retry: full || of.failure === "not-found" ? "safe" : "never",
  });
}
