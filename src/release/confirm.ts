import { flaw } from "../gates/approval/approval-state.ts";
import type { ChecklistItem } from "../gates/approval/checklist.ts";
import type { Plan } from "../plan/plan.ts";
import { problem, Refused } from "../problem.ts";
import type { Mask } from "../variables/mask.ts";
import { shownEvidence } from "./shown-evidence.ts";
import type { Workplace } from "./workplace.ts";

export type Confirming = Readonly<{
  at: Workplace;
  plan: Plan;
  item: ChecklistItem;
  /** Null: whoever sits here. */
  by: string | null;
  /** What the person wrote as evidence; null: nothing. */
  given: string | null;
  /** What is run as evidence; empty: nothing. */
  command: readonly string[];
  note: string | null;
  /** Where files and commands are looked for. */
  folder: string;
  mask: Mask;
}>;

/**
 * Keeps one person's word for one item of a plan, however it was given.
 * @throws Refused, and nothing is kept, where it would not count.
 */
export async function confirm({ at, plan, item, by, given, command, note, folder, mask }: Confirming): Promise<void> {
  const said = { planId: plan.id, item: item.id, by: by ?? at.by, at: at.clock.now() };
  const refuse = (why: string | null): void => {
    if (why !== null) throw new Refused([problem("confirmation-refused", `${item.id}: ${why}`)]);
  };
  // Who may not confirm it has no command run for it, and no file read.
  refuse(flaw(item, { ...said, evidence: given ?? command.join(" "), note: null }));
  const evidence = await shownEvidence({ at, item, given, command, folder, mask });
  const confirmation = { ...said, evidence, note: note === null ? null : mask(note) };
  refuse(flaw(item, confirmation));
  await (await at.store()).confirm(confirmation);
}
