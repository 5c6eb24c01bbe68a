import type { Agreed, ItemState } from "../gates/approval/approval-state.ts";
import { type Automatic, textOf } from "../gates/approval/checklist.ts";
import type { Language } from "../language.ts";

/** One item of a checklist as `--json` prints it, and as a release's record keeps it. */
export type ApprovalDocument = Readonly<{
  item: string;
  text: string;
  /** What Sampan looks at; null: a person's word. */
  automatic: Automatic["kind"] | null;
  required: boolean;
  state: "filled" | "open";
  /** What Sampan found, or what people showed; for an open one, why it is open. */
  evidence: string;
  by: readonly string[];
}>;

export const approvalDocument = (states: readonly ItemState[], language: Language): readonly ApprovalDocument[] =>
  states.map(({ item, finding, confirmed, open }) => ({
    item: item.id,
    text: textOf(item, language),
    automatic: item.automatic?.kind ?? null,
    required: item.required,
    state: open === null ? "filled" : "open",
    evidence: [
      ...(open === null ? [] : [open]),
      ...(open !== null || finding === null ? [] : [finding.evidence]),
      ...confirmed.flatMap(({ evidence }) => evidence ?? []),
    ].join("; "),
    by: [...new Set(confirmed.map(({ by }) => by))],
  }));

/** As a release's evidence holds it. */
export const approvalIn = ({ approval }: Readonly<Record<string, unknown>>): readonly ApprovalDocument[] =>
  Array.isArray(approval) ? (approval as readonly ApprovalDocument[]) : [];

/** Whose word a release begins with, for its record: each is used up by it. */
export const agreedBy = (states: readonly ItemState[]): readonly Agreed[] =>
  states.flatMap(({ confirmed }) => confirmed.map(({ item, by, at }) => ({ item, by, at })));

/** As a release's evidence holds it. */
export const agreedIn = ({ agreed }: Readonly<Record<string, unknown>>): readonly Agreed[] =>
  Array.isArray(agreed) ? (agreed as readonly Agreed[]) : [];
