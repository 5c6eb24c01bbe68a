import { assertNever } from "../../assert-never.ts";
import type { Finding } from "../subject.ts";
import type { Checklist, ChecklistItem } from "./checklist.ts";
import type { Confirmation } from "./confirmation.ts";

/** How one item stands for one plan. */
export type ItemState = Readonly<{
  item: ChecklistItem;
  /** What Sampan found; null: the item is a person's. */
  finding: Finding | null;
  /** Those that count. */
  confirmed: readonly Confirmation[];
  /** Why it is open; null: it is not. */
  open: string | null;
}>;

export type Asked = Readonly<{
  checklist: Checklist;
  confirmations: readonly Confirmation[];
  /** Of the automatic items, by their ids. */
  findings: ReadonlyMap<string, Finding>;
  planId: string;
  /** What was said for a release that carried out this plan before is used up. */
  used: Used;
  /** How many different people each item takes. */
  people: number;
}>;

/** Of the releases that carried out this plan. */
export type Used = Readonly<{
  /** What each of them began with: by name, since those who agree have clocks of their own. */
  agreed: readonly Agreed[];
  /** When the last of them ended, in milliseconds since the epoch, for what was said while it ran; null: there is none. */
  ended: number | null;
}>;

/** One confirmation that a release began with, as its record keeps it. */
export type Agreed = Pick<Confirmation, "item" | "by" | "at">;

/** As the fleet file names people. */
const NAME = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,100}$/u;
const MOST = 16_384;

/** Why a confirmation does not count for an item; null when it does. */
export function flaw(item: ChecklistItem, confirmation: Confirmation): string | null {
  if (item.automatic !== null && !item.orPerson) return "Sampan finds it out by itself: nobody's word fills it";
  if (confirmation.by.trim() === "") return "it does not say who confirmed it";
  if (!NAME.test(confirmation.by)) return "a name is one line of at most 100 characters";
  if ((confirmation.evidence ?? "").length > MOST) return `evidence is at most ${MOST} characters: show a file instead`;
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

/** Each item of the checklist, and whether it is filled for exactly this plan: by Sampan, or by so many different people. Pure. */
export function approvalState(asked: Asked): readonly ItemState[] {
  return asked.checklist.items.map((item) => {
    const people = confirmedBy(item, asked);
    if (item.automatic === null) return { item, finding: null, ...people };
    const finding = asked.findings.get(item.id) ?? {
      verdict: "inconclusive" as const,
      evidence: "it was not looked at",
    };
    if (finding.verdict === "passed") return { item, finding, confirmed: [], open: null };
    if (finding.verdict === "inconclusive" && item.orPerson && people.open === null)
      return { item, finding, confirmed: people.confirmed, open: null };
    return { item, finding, confirmed: [], open: finding.evidence };
  });
}

/** What keeps the plan from being carried out. */
export const missing = (states: readonly ItemState[]): readonly OpenItem[] =>
  states.filter((state): state is OpenItem => state.item.required && state.open !== null);

export type OpenItem = ItemState & Readonly<{ open: string }>;

/** Could a person's word fill it as things are? */
export const takesPerson = ({ item, finding }: ItemState): boolean =>
  finding === null || (item.orPerson && finding.verdict === "inconclusive");

function confirmedBy(
  item: ChecklistItem,
  { confirmations, planId, people, used }: Asked,
): Pick<ItemState, "confirmed" | "open"> {
  const said = confirmations.filter((one) => one.item === item.id && one.planId === planId);
  const about = said.filter((one) => !isUsed(one, used));
  const confirmed = about.filter((one) => flaw(item, one) === null);
  const by = new Set(confirmed.map((one) => one.by.trim()));
  if (by.size >= people) return { confirmed, open: null };
  const flaws = about.flatMap((one) => flaw(item, one) ?? []);
  const stale = about.length === 0 && confirmations.some((one) => one.item === item.id);
  const open =
    flaws.at(-1) ??
    (stale
      ? said.length > 0
        ? "it was confirmed for a release that has ended since"
        : "it was confirmed for another plan"
      : by.size === 0
        ? "nobody has confirmed it"
        : `${by.size} of ${people} people have confirmed it`);
  return { confirmed, open };
}

const isUsed = ({ item, by, at }: Confirmation, { agreed, ended }: Used): boolean =>
  (ended !== null && at <= ended) || agreed.some((one) => one.item === item && one.by === by && one.at === at);

function isLink(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}
