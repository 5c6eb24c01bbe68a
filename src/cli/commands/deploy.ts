import { deploy as deployRelease } from "../../release/deploy.ts";
import { estimateFrom } from "../../release/past.ts";
import { acceptedLosses } from "../accepted-losses.ts";
import { askLosses } from "../ask-losses.ts";
import { brokenGlass } from "../break-glass.ts";
import type { Call } from "../call.ts";
import { confirmItems } from "../confirm-items.ts";
import { concluded, isInteractive, progressFor, wantsJson } from "../output.ts";
import { readPlanFile } from "../plan-file.ts";
import { askInconclusive, yes } from "../questions.ts";
import { planText } from "../render/plan.ts";
import { buildLine, checkLine } from "../render/preparation.ts";
import { proofLine } from "../render/proof.ts";
import { servicesOf } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** From this commit to verified. */
export async function deploy(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const given = typeof call.options.plan === "string" ? await readPlanFile(call.options.plan, environment.name) : null;
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const progress = await progressFor(call);
  const document = await deployRelease({
    at,
    environment,
    services: servicesOf(call),
    given,
    breakGlass: brokenGlass(call),
    confirm: async (plan) => {
      say(planText(plan, await estimateFrom(at, plan)));
      return !isInteractive(call) || call.options.yes === true || (await yes("\nStart?", call.stop));
    },
    ask: async (plan, missing) => {
      if (isInteractive(call)) await confirmItems({ at, plan, missing, say });
    },
    onBuild: (event) => say(buildLine(event)),
    onCheck: (result) => say(checkLine(result)),
    onProof: (event) => say(proofLine(event)),
    acceptLoss: acceptedLosses(call),
    onEvent: progress.onEvent,
    confirmLosses: askLosses(call),
    inconclusive: askInconclusive(call),
  }).finally(progress.end);
  return concluded(call, document);
}
