import { type OpenItem, takesPerson } from "../gates/approval/approval-state.ts";
import { textOf } from "../gates/approval/checklist.ts";
import { languageOf } from "../language.ts";
import { oneLine } from "../plain.ts";
import type { Plan } from "../plan/plan.ts";
import { Refused } from "../problem.ts";
import { confirm } from "../release/confirm.ts";
import { readableMask } from "../release/readable-mask.ts";
import type { Workplace } from "../release/workplace.ts";
import { askLine, yes } from "./questions.ts";

export type Confirming = Readonly<{
  at: Workplace;
  plan: Plan;
  missing: readonly OpenItem[];
  say: (text: string) => void;
}>;

/** Goes through a checklist on the terminal, item by item; each confirmation is kept at once, bound to the plan's hash. */
export async function confirmItems({ at, plan, missing, say }: Confirming): Promise<void> {
  const language = languageOf(at.processEnv);
  say(`plan ${plan.id.slice(0, 12)} of ${plan.environment} has to be confirmed:\n`);
  for (const state of missing)
    if (state.finding !== null)
      say(`  ${state.item.id}: ${oneLine(textOf(state.item, language))} ${oneLine(state.open)}\n`);
  const asked = missing.filter(takesPerson);
  if (asked.length === 0) return;
  const mask = await readableMask(at, plan);
  const by = await askLine(`who confirms (${at.by})? `, at.signal);
  for (const { item } of asked) {
    if (!(await yes(`${item.id}: ${oneLine(textOf(item, language))}`, at.signal))) return;
    const given = item.evidence === "none" ? null : await askLine(`  evidence (${item.evidence}): `, at.signal);
    try {
      await confirm({
        ...{ at, plan, item, by: by === "" ? null : by, given, note: null, mask },
        ...{ command: [], folder: process.cwd() },
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(`  ${error.message}\n`);
    }
  }
}
