import { missing } from "../../gates/approval/approval-state.ts";
import { languageOf } from "../../language.ts";
import { problem, Refused } from "../../problem.ts";
import { type Approving, approvalOf, checklistOf, rollbackChecklist } from "../../release/approval.ts";
import { approvalDocument } from "../../release/approval-document.ts";
import { confirm } from "../../release/confirm.ts";
import { readableMask } from "../../release/readable-mask.ts";
import type { Call } from "../call.ts";
import { confirmItems } from "../confirm-items.ts";
import { EXIT } from "../exit-codes.ts";
import { nextCommand } from "../next-command.ts";
import { isInteractive, printJson, wantsJson } from "../output.ts";
import { approvalText } from "../render/approval.ts";
import { namesIn } from "../services-of.ts";
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
  const { plan, evidence } = release;
  const checklist =
    release.kind === "rollback" ? rollbackChecklist(at, environment) : await checklistOf(at, environment);
  const approving = { at, environment, plan, evidence, checklist };
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const wanted = call.options.item;
  if (typeof wanted === "string") await confirmOne({ call, approving, wanted });
  else if (isInteractive(call)) {
    await confirmItems({ at, plan, missing: missing(await approvalOf(approving)), say });
  } else {
    throw new Refused([problem("item-missing", "say which item is confirmed: --item ID --by NAME --evidence …")]);
  }
  const states = await approvalOf(approving);
  const items = approvalDocument(states, languageOf(at.processEnv));
  const open = missing(states);
  if (wantsJson(call)) {
    printJson({
      formatVersion: 1,
      release: id,
      plan: plan.id,
      confirmations: await store.confirmations(plan.id),
      missing: open.map(({ item, open: why }) => ({ item: item.id, why })),
      approval: items,
    });
    return EXIT.done;
  }
  say(approvalText(items));
  const names = Object.keys(at.fleet.services);
  if (open.length === 0) say(`${id} is approved: \`${nextCommand(release, names)}\` carries it out\n`);
  else say(`still missing: ${open.map(({ item }) => item.id).join(", ")}\n`);
  return EXIT.done;
}

type One = Readonly<{ call: Call; approving: Approving; wanted: string }>;

/** Keeps one person's word for one item. */
async function confirmOne({ call, approving, wanted }: One): Promise<void> {
  const { at, plan, checklist } = approving;
  const item = checklist?.items.find((entry) => entry.id === wanted);
  if (item === undefined) {
    const known = checklist?.items.map((entry) => entry.id).join(", ") ?? "none";
    const message = `the checklist has no item ${JSON.stringify(wanted)}`;
    throw new Refused([problem("unknown-item", message, `it has ${known}`)]);
  }
  const text = (option: unknown): string | null =>
    typeof option === "string" && option.trim() !== "" ? option.trim() : null;
  const { by, evidence, note } = call.options;
  await confirm({
    ...{ at, plan, item, by: text(by), given: text(evidence), note: text(note) },
    command: namesIn(call.args[1]) ?? [],
    folder: process.cwd(),
    mask: await readableMask(at, plan),
  });
}
