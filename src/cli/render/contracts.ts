import { styleText } from "node:util";
import type { ContractChange } from "../../contracts/compare/change.ts";
import { isBreak } from "../../contracts/compare-contracts.ts";
import { changeText, placeText } from "../../contracts/judge-changes.ts";
import type { Comparison } from "../commands/contracts-check.ts";

/** What changed, those that break first; what breaks nobody only with `all`. */
export function contractText(comparison: Comparison, at: Readonly<{ colour: boolean; all: boolean }>): string {
  const { service, from, to, changes, callers } = comparison;
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    at.colour ? styleText(style, text, { validateStream: false }) : text;
  const word = (change: ContractChange): string =>
    isBreak(change)
      ? paint("red", "breaks")
      : change.verdict === "breaking"
        ? paint("yellow", "allowed")
        : paint("green", "safe");
  const shown = changes.filter(({ verdict }) => at.all || verdict === "breaking");
  const breaks = changes.filter(isBreak).length;
  const safe = changes.filter(({ verdict }) => verdict === "safe").length;
  const whom =
    service === null
      ? ""
      : callers.length === 0
        ? "; no service calls it"
        : `; called by ${callers.map((one) => `${one.service} (${one.by})`).join(", ")}`;
  return [
    ...shown.flatMap((change) => [
      `${paint("bold", placeText(change.next))} ${word(change)} ${change.kind}`,
      `    ${changeText(change)}`,
      `    ${paint("dim", `before: ${placeText(change.old)}`)}`,
      ...(change.hint === null || change.allowed !== null ? [] : [`    → ${change.hint}`]),
      ...(change.allowed === null ? [] : [`    allowed because ${change.allowed}`]),
    ]),
    `${service ?? to}: ${changes.length} changes from ${from} to ${to}: ${breaks} breaking, ${changes.length - breaks - safe} allowed, ${safe} safe${whom}`,
    "",
  ].join("\n");
}
