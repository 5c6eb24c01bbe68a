import type { BuildEvent } from "../../artifacts/artifact.ts";
import type { CheckResult } from "../../checks/check.ts";
import { oneLine } from "../../plain.ts";

const SIGN = { passed: "✓", failed: "✗", inconclusive: "?" } as const;

/** One check, one line. */
export function checkLine({ kind, service, verdict, took, evidence }: CheckResult): string {
  const [first = ""] = evidence.split("\n");
  return `${SIGN[verdict]} check ${kind}${service === null ? "" : ` ${service}`}: ${oneLine(first)} (${Math.round(took)} ms)\n`;
}

export function buildLine(event: BuildEvent): string {
  switch (event.kind) {
    case "reused":
      return `✓ build ${event.service}: there already\n`;
    case "building":
      return `… build ${event.service}\n`;
    case "built":
      return `✓ build ${event.service}: ${Math.round(event.seconds * 10) / 10} s\n`;
    case "failed":
      return `✗ build ${event.service}\n`;
  }
}
