import { textOf } from "../gates/approval/checklist.ts";
import type { Plan } from "../plan/plan.ts";
import type { MissingItem } from "../release/approval.ts";
import type { Workplace } from "../release/workplace.ts";
import { askLine, yes } from "./questions.ts";

export type Confirming = Readonly<{
  at: Workplace;
  plan: Plan;
  missing: readonly MissingItem[];
  say: (text: string) => void;
}>;

/** Goes through a checklist on the terminal, item by item; each confirmation is kept at once, bound to the plan's hash. */
export async function confirmItems({ at, plan, missing, say }: Confirming): Promise<void> {
  const store = await at.store();
  const language = /^ru/i.test(at.processEnv.LC_ALL ?? at.processEnv.LANG ?? "") ? "ru" : "en";
  say(`plan ${plan.id.slice(0, 12)} of ${plan.environment} has to be confirmed:\n`);
  const by = await askLine(`who confirms (${at.by})? `, at.signal);
  for (const { item } of missing) {
    if (!(await yes(`${item.id}: ${textOf(item, language)}`, at.signal))) return;
    const evidence = item.evidence === "none" ? null : await askLine(`  evidence (${item.evidence}): `, at.signal);
    await store.confirm({
      planId: plan.id,
      item: item.id,
      by: by === "" ? at.by : by,
      at: at.clock.now(),
      evidence,
      note: null,
    });
  }
}
