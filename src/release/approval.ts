import { join } from "node:path";
import type { ReleaseRecord, ReleaseStatus, Store } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import { approvalState, type ItemState, type Used } from "../gates/approval/approval-state.ts";
import type { Checklist, ChecklistItem } from "../gates/approval/checklist.ts";
import { parseChecklist } from "../gates/approval/parse-checklist.ts";
import { readTextIfThere } from "../io/files.ts";
import type { Plan } from "../plan/plan.ts";
import { problem, Refused } from "../problem.ts";
import { agreedIn } from "./approval-document.ts";
import { findAutomatic } from "./automatic/find-automatic.ts";
import type { Looking } from "./automatic/looking.ts";
import type { Workplace } from "./workplace.ts";

export type Approving = Looking & Readonly<{ checklist: Checklist | null }>;

/** How each item stands for exactly this plan, now: what people have confirmed is read, what Sampan finds out is looked at anew. */
export async function approvalOf(approving: Approving): Promise<readonly ItemState[]> {
  const { at, environment, plan, checklist } = approving;
  if (checklist === null) return [];
  const store = await at.store();
  const [confirmations, used, findings] = await Promise.all([
    store.confirmations(plan.id),
    usedBy(store, environment.name, plan),
    findAutomatic(checklist, approving),
  ]);
  const people = environment.approval?.confirmations ?? 1;
  return approvalState({ checklist, confirmations, findings, planId: plan.id, used, people });
}

/** Releases of one plan stand side by side in the history: each that changes what is verified makes it another plan. */
const RECENT = 20;

/** Who agreed to a release did not agree to its repetition: one that was thrown back leaves all as it was, and the plan with it. */
async function usedBy(store: Store, environment: string, plan: Plan): Promise<Used> {
  const carriedOut = (await store.releases(environment, RECENT)).filter(
    ({ plan: { id }, status, endedAt }) => id === plan.id && endedAt !== null && CARRIED_OUT.has(status),
  );
  const ends = carriedOut.flatMap(({ endedAt }) => endedAt ?? []);
  return {
    agreed: carriedOut.flatMap(({ evidence }) => agreedIn(evidence)),
    ended: ends.length === 0 ? null : Math.max(...ends),
  };
}

const CARRIED_OUT: ReadonlySet<ReleaseStatus> = new Set(["verified", "rolled-back", "halted", "superseded"]);

/** What has to be agreed to before a way back is gone; null: nothing, as it is unless the environment asks for it. */
export function rollbackChecklist(at: Workplace, { approval }: Environment): Checklist | null {
  if (approval === null || !approval.rollback) return null;
  const text = { en: "The environment may go back", ru: "Этот откат можно выполнять" };
  return { file: at.fleet.file, items: [personal({ id: "rollback", text, by: approval.by })] };
}

const personal = (said: Pick<ChecklistItem, "id" | "text" | "by">): ChecklistItem => ({
  ...said,
  ...{ evidence: "none", required: true, automatic: null, orPerson: false },
});

/** Without a checklist file an approval is one item: the release itself. */
export async function checklistOf(at: Workplace, environment: Environment): Promise<Checklist | null> {
  const { approval } = environment;
  if (approval === null) return null;
  if (approval.checklist === null) {
    const text = { en: "This release may go out", ru: "Этот релиз можно выкатывать" };
    return { file: at.fleet.file, items: [personal({ id: "release", text, by: approval.by })] };
  }
  const file = join(at.fleet.root, approval.checklist);
  const text = await readTextIfThere(file);
  if (text === null) {
    const message = `the checklist ${approval.checklist} of ${environment.name} is not there`;
    const hint = "write it (`sampan init --checklist`), or take `checklist` out of the environment's approval";
    throw new Refused([problem("checklist-missing", message, hint)]);
  }
  const read = parseChecklist(text, file);
  if (read.kind === "problems") throw new Refused(read.problems);
  const items = read.checklist.items.map((item) => ({ ...item, by: item.by ?? approval.by }));
  const nowhere = items.find(({ automatic }) => automatic?.kind === "health");
  if (nowhere !== undefined && environment.after === null) {
    const message = `${nowhere.id}: \`automatic: health\` asks the environment before this one, and ${environment.name} comes after none`;
    throw new Refused([{ ...problem("checklist-impossible", message, "say `after`, or take the item out"), file }]);
  }
  return { ...read.checklist, items };
}

/** The waiting release of exactly this plan, if somebody has begun to approve it. */
export async function waitingRelease(store: Store, environment: string, plan: Plan): Promise<ReleaseRecord | null> {
  const recent = await store.releases(environment, RECENT);
  return recent.find((release) => release.status === "awaiting-approval" && release.plan.id === plan.id) ?? null;
}
