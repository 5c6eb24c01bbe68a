import { assertNever } from "../../assert-never.ts";
import type { Checklist, ChecklistItem } from "./checklist.ts";
import type { Confirmation } from "./confirmation.ts";

export type ApprovalState = Readonly<
  { kind: "complete" } | { kind: "missing"; items: readonly Readonly<{ item: ChecklistItem; why: string }>[] }
>;

/** Why a confirmation does not count for an item; null when it does. */
export function flaw(item: ChecklistItem, confirmation: Confirmation): string | null {
  if (confirmation.by.trim() === "") return "it does not say who confirmed it";
  if (item.by !== null && !item.by.includes(confirmation.by)) {
    return `${confirmation.by} may not confirm it; it takes ${item.by.join(" or ")}`;
  }
  const evidence = confirmation.evidence?.trim() ?? "";
  switch (item.evidence) {
    case "none":
      return null;
    case "link":
      return isLink(evidence) ? null : "its evidence must be a link (https://…)";
    case "output":
      return evidence === "" ? "its evidence must be the output of what was run" : null;
    case "file":
      return evidence === "" ? "its evidence must be a file" : null;
    default:
      return assertNever(item.evidence);
  }
}

/** Complete when `people` different persons have confirmed each required item for exactly this plan. */
export function approvalState(
  checklist: Checklist,
  confirmations: readonly Confirmation[],
  planId: string,
  people = 1,
): ApprovalState {
  const missing = checklist.items.flatMap((item) => {
    if (!item.required) return [];
    const about = confirmations.filter((one) => one.item === item.id && one.planId === planId);
    const by = new Set(about.filter((one) => flaw(item, one) === null).map((one) => one.by.trim()));
    if (by.size >= people) return [];
    const flaws = about.flatMap((one) => flaw(item, one) ?? []);
    const stale = about.length === 0 && confirmations.some((one) => one.item === item.id);
    const why =
      flaws.at(-1) ??
      (stale
        ? "it was confirmed for another plan"
        : by.size === 0
          ? "nobody has confirmed it"
          : `${by.size} of ${people} people have confirmed it`);
    return [{ item, why }];
  });
  return missing.length === 0 ? { kind: "complete" } : { kind: "missing", items: missing };
}

function isLink(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}
