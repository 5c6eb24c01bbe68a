import { oneLine } from "../../plain.ts";
import type { ApprovalDocument } from "../../release/approval-document.ts";

/** A checklist as it stands, an item a line: filled, open, or open and not needed. Nothing where there is none. */
export function approvalText(items: readonly ApprovalDocument[]): string {
  if (items.length === 0) return "";
  const lines = items.map(({ item, text, automatic, required, state, evidence, by }) => {
    const sign = state === "filled" ? "✓" : required ? "✗" : "·";
    const who = by.length > 0 ? ` (${by.join(", ")})` : automatic === null ? "" : ` (${automatic})`;
    const why = evidence === "" ? "" : `\n      ${oneLine(evidence.slice(0, 300))}`;
    return `  ${sign} ${oneLine(`${item}: ${text}${who}`)}${why}\n`;
  });
  return `\nchecklist\n${lines.join("")}`;
}
