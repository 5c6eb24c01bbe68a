import type { CheckKind } from "../../checks/check.ts";
import { writeDurably } from "../../io/files.ts";
import { languageOf } from "../../language.ts";
import { problem, Refused } from "../../problem.ts";
import { approvalOf, checklistOf } from "../../release/approval.ts";
import { approvalDocument } from "../../release/approval-document.ts";
import { checksFor } from "../../release/automatic/checked-by.ts";
import { type CheckRecord, checkAll, checkRecord, type Gatekeeping } from "../../release/gatekeeping.ts";
import { overrideOf } from "../../release/override-of.ts";
import { estimateFrom } from "../../release/past.ts";
import { prepare } from "../../release/prepare.ts";
import { acceptedLosses } from "../accepted-losses.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { approvalText } from "../render/approval.ts";
import { planDocument, planText } from "../render/plan.ts";
import { servicesOf } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** What a deployment would do. Builds what is missing (not with --preview) and changes nothing else. */
export async function plan(call: Call): Promise<number> {
  const preview = call.options.preview === true;
  const out = typeof call.options.out === "string" ? call.options.out : null;
  if (preview && out !== null) {
    throw new Refused([
      problem(
        "preview-not-exportable",
        "a preview cannot be exported: its artifacts do not exist yet",
        "leave --preview away",
      ),
    ]);
  }
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const services = servicesOf(call);
  const checklist = preview ? null : await checklistOf(at, environment);
  const prepared = await prepare({
    at,
    environment,
    services,
    fetch: null,
    check: (facts) => checked({ at, environment, facts }, checksFor(checklist)),
    build: preview ? null : () => {},
    // The plan tells what going back does with each migration; with nobody to see it, only what is wrong is said.
    prove: preview ? null : () => {},
    proving: { acceptLoss: acceptedLosses(call) },
  });
  if (call.options.override === true) {
    process.stdout.write(await overrideOf({ at, environment, prepared }));
    return EXIT.done;
  }
  const estimate = await estimateFrom(at, prepared.plan);
  if (out !== null) writeDurably(out, `${JSON.stringify(prepared.plan, null, 2)}\n`, 0o644);
  const { unbuilt, evidence } = prepared;
  const asked = prepared.plan.steps.length === 0 ? null : checklist;
  const states = await approvalOf({ at, environment, plan: prepared.plan, evidence, checklist: asked });
  const approval = approvalDocument(states, languageOf(at.processEnv));
  if (wantsJson(call)) printJson(planDocument(prepared.plan, estimate, { unbuilt, approval }));
  else {
    process.stdout.write(planText(prepared.plan, estimate) + approvalText(approval));
    if (unbuilt.length > 0)
      process.stdout.write(
        `\na preview: ${unbuilt.join(", ")} not built yet, so this plan can be neither approved nor exported\n`,
      );
    if (out !== null)
      process.stdout.write(`\nwritten to ${out}: \`sampan deploy ${environment.name} --plan ${out}\`\n`);
  }
  return EXIT.done;
}

/** What the checklist's own items ask of the checks; a plan refuses nothing for it. */
async function checked(
  order: Pick<Gatekeeping, "at" | "environment" | "facts">,
  kinds: readonly CheckKind[],
): Promise<readonly CheckRecord[]> {
  if (kinds.length === 0) return [];
  const asked = { ...order, build: false, breakGlass: null, promotes: false, onCheck: () => {} };
  return (await checkAll(asked, kinds)).map(checkRecord);
}
