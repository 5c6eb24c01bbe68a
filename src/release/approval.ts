import { join } from "node:path";
import type { ReleaseRecord, Store } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import { approvalState } from "../gates/approval/approval-state.ts";
import type { Checklist, ChecklistItem } from "../gates/approval/checklist.ts";
import { parseChecklist } from "../gates/approval/parse-checklist.ts";
import { readTextIfThere } from "../io/files.ts";
import type { Plan } from "../plan/plan.ts";
import { problem, Refused } from "../problem.ts";
import type { Workplace } from "./workplace.ts";

export type MissingItem = Readonly<{ item: ChecklistItem; why: string }>;

/** What still has to be confirmed before this plan may run; empty: nothing. Bound to the plan's hash. */
export async function missingApprovals(
  at: Workplace,
  environment: Environment,
  plan: Plan,
): Promise<readonly MissingItem[]> {
  const checklist = await checklistOf(at, environment);
  if (checklist === null) return [];
  const confirmations = await (await at.store()).confirmations(plan.id);
  const state = approvalState(checklist, confirmations, plan.id, environment.approval?.confirmations ?? 1);
  return state.kind === "complete" ? [] : state.items;
}

/** Without a checklist file an approval is one item: the release itself. */
export async function checklistOf(at: Workplace, environment: Environment): Promise<Checklist | null> {
  const { approval } = environment;
  if (approval === null) return null;
  if (approval.checklist === null) {
    const item: ChecklistItem = {
      id: "release",
      text: { en: "This release may go out", ru: "Этот релиз можно выкатывать" },
      by: approval.by,
      evidence: "none",
      required: true,
    };
    return { file: at.fleet.file, items: [item] };
  }
  const file = join(at.fleet.root, approval.checklist);
  const text = await readTextIfThere(file);
  if (text === null) {
    const message = `the checklist ${approval.checklist} of ${environment.name} is not there`;
    throw new Refused([
      problem("checklist-missing", message, "write it, or take `checklist` out of the environment's approval"),
    ]);
  }
  const read = parseChecklist(text, file);
  if (read.kind === "problems") throw new Refused(read.problems);
  const items = read.checklist.items.map((item) => ({ ...item, by: item.by ?? approval.by }));
  return { ...read.checklist, items };
}

/** The waiting release of exactly this plan, if somebody has begun to approve it. */
export async function waitingRelease(store: Store, environment: string, plan: Plan): Promise<ReleaseRecord | null> {
  const recent = await store.releases(environment, 20);
  return recent.find((release) => release.status === "awaiting-approval" && release.plan.id === plan.id) ?? null;
}
