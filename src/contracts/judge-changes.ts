import { type Problem, problem } from "../problem.ts";
import type { Caller } from "./callers/callers.ts";
import type { ContractChange } from "./compare/change.ts";
import { isBreak } from "./compare-contracts.ts";

export type Judgement = Readonly<{ refused: boolean; evidence: string; problems: readonly Problem[] }>;

export const BREAKS = "contract-breaks-callers";

/** Operations named in one line; the rest is counted. */
const NAMED = 3;

/** A change that breaks a caller is refused unless each caller that runs there changes in the same release. */
export function judgeChanges(
  of: Readonly<{
    changes: readonly ContractChange[];
    /** Those that run there. */
    callers: readonly Caller[];
    /** Services of the same release. */
    releasing: ReadonlySet<string>;
    /** What the old places are places of: `in 1a2b3c4`. */
    before: string;
  }>,
): Judgement {
  const { changes, callers, before } = of;
  const breaks = changes.filter(isBreak);
  const allowed = changes.filter(({ allowed: why }) => why !== null);
  const left = callers.filter(({ service }) => !of.releasing.has(service));
  const safe = changes.length - breaks.length - allowed.length;
  const counted = `${changes.length} changes: ${breaks.length} breaking, ${allowed.length} allowed, ${safe} safe`;
  const whom =
    callers.length === 0
      ? "nobody of the fleet that runs there calls it"
      : `callers: ${callers.map(callerText).join(", ")}`;
  const why = allowed.map(({ kind, allowed: because }) => `${kind} allowed because ${because}`);
  const evidence = [
    `${counted}; ${whom}`,
    ...why,
    ...breaks.map((change) => `${change.kind}: ${changeText(change)}`),
  ].join("\n");
  if (breaks.length === 0 || left.length === 0) return { refused: false, evidence, problems: [] };
  return { refused: true, evidence, problems: breaks.map((change) => breakProblem(change, { before, callers: left })) };
}

/** `callers`: those that it breaks; none: a contract by itself. */
export function breakProblem(
  change: ContractChange,
  { before, callers }: Readonly<{ before: string; callers: readonly Caller[] }>,
): Problem {
  const names = callers.map(({ service }) => service).join(", ");
  const one = callers.length === 1;
  const whom =
    callers.length === 0
      ? ""
      : `: ${names} ${one ? "calls" : "call"} it, and ${one ? "is" : "are"} not in this release`;
  const together = callers.length === 0 ? "" : `release ${names} with it; or `;
  return {
    ...problem(
      BREAKS,
      `${changeText(change)} (${change.kind}; it was at ${placeText(change.old)} ${before})${whom}`,
      `${change.hint === null ? "" : `${change.hint}; or `}${together}\`x-sampan-allow\` in the contract, with a reason`,
    ),
    ...change.next,
  };
}

const callerText = ({ service, by }: Caller): string => `${service} (${by})`;

export const placeText = ({ file, line, column }: ContractChange["old"]): string => `${file}:${line}:${column}`;

export function changeText({ operations, direction, message }: ContractChange): string {
  const [first = ""] = operations;
  const named =
    operations.length > NAMED
      ? `${operations.slice(0, NAMED).join(", ")} and ${operations.length - NAMED} more`
      : operations.join(", ");
  const on = message.startsWith(`${first}: `) ? message : `${named}: ${message}`;
  return `${on}${direction === "response" ? " (in what it answers)" : ""}`;
}
