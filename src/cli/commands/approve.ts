import { approvalState, flaw } from "../../gates/approval/approval-state.ts";
import { textOf } from "../../gates/approval/checklist.ts";
import { oneLine } from "../../plain.ts";
import { problem, Refused } from "../../problem.ts";
import { checklistOf, missingApprovals } from "../../release/approval.ts";
import type { Call } from "../call.ts";
import { confirmItems } from "../confirm-items.ts";
import { EXIT } from "../exit-codes.ts";
import { isInteractive, printJson, wantsJson } from "../output.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** Confirms items of a waiting release, bound to its plan's hash. */
export async function approve(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const store = await at.store();
  const id = String(call.args[0]);
  const release = await store.find(id);
  if (release === null)
    throw new Refused([
      problem("unknown-release", `there is no release ${JSON.stringify(id)}`, "see `sampan history ENV`"),
    ]);
  if (release.status !== "awaiting-approval") {
    throw new Refused(
      [problem("not-waiting", `release ${id} does not wait for an approval: it is ${release.status}`)],
      3,
    );
  }
  const environment = environmentAt(at, release.environment);
  const checklist = await checklistOf(at, environment);
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const wanted = call.options.item;
  if (typeof wanted === "string") {
    const item = checklist?.items.find((entry) => entry.id === wanted);
    if (item === undefined) {
      const known = checklist?.items.map((entry) => entry.id).join(", ") ?? "none";
      throw new Refused([
        problem("unknown-item", `the checklist has no item ${JSON.stringify(wanted)}`, `it has ${known}`),
      ]);
    }
    const text = (option: unknown): string | null =>
      typeof option === "string" && option.trim() !== "" ? option.trim() : null;
    const confirmation = {
      planId: release.plan.id,
      item: item.id,
      by: text(call.options.by) ?? at.by,
      at: at.clock.now(),
      evidence: text(call.options.evidence),
      note: text(call.options.note),
    };
    const wrong = flaw(item, confirmation);
    if (wrong !== null) throw new Refused([problem("confirmation-refused", `${item.id}: ${wrong}`)]);
    await store.confirm(confirmation);
  } else if (isInteractive(call)) {
    await confirmItems({ at, plan: release.plan, missing: await missingApprovals(at, environment, release.plan), say });
  } else {
    throw new Refused([problem("item-missing", "say which item is confirmed: --item ID --by NAME --evidence …")]);
  }
  const confirmations = await store.confirmations(release.plan.id);
  const state =
    checklist === null
      ? ({ kind: "complete" } as const)
      : approvalState(checklist, confirmations, release.plan.id, environment.approval?.confirmations ?? 1);
  const missing = state.kind === "complete" ? [] : state.items;
  if (wantsJson(call)) {
    printJson({
      formatVersion: 1,
      release: id,
      plan: release.plan.id,
      confirmations,
      missing: missing.map(({ item, why }) => ({ item: item.id, why })),
    });
  } else if (missing.length === 0) {
    say(`${id} is approved: \`sampan deploy ${environment.name}\` carries it out\n`);
  } else {
    for (const { item, why } of missing) say(`still missing  ${item.id}: ${oneLine(textOf(item, "en"))} (${why})\n`);
  }
  return EXIT.done;
}
