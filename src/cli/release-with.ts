import type { Environment } from "../fleet/fleet.ts";
import type { Plan } from "../plan/plan.ts";
import { deploy } from "../release/deploy.ts";
import type { ReleaseDocument } from "../release/outcome.ts";
import { estimateFrom } from "../release/past.ts";
import type { Workplace } from "../release/workplace.ts";
import { acceptedLosses } from "./accepted-losses.ts";
import { askLosses } from "./ask-losses.ts";
import { brokenGlass } from "./break-glass.ts";
import type { Call } from "./call.ts";
import { confirmItems } from "./confirm-items.ts";
import { isInteractive, progressFor, wantsJson } from "./output.ts";
import { askInconclusive, yes } from "./questions.ts";
import { planText } from "./render/plan.ts";
import { buildLine, checkLine } from "./render/preparation.ts";
import { proofLine } from "./render/proof.ts";

export type Releasing = Readonly<{
  at: Workplace;
  environment: Environment;
  /** Promoted from there; null: this commit is deployed. */
  from: Environment | null;
  services: readonly string[] | null;
  given: Plan | null;
}>;

/** Checks, builds, plans and carries out; asks and tells on the terminal what there is to ask and to tell. */
export async function releaseWith(call: Call, releasing: Releasing): Promise<ReleaseDocument> {
  const { at } = releasing;
  const breakGlass = brokenGlass(call);
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const progress = await progressFor(call);
  return deploy({
    ...releasing,
    breakGlass,
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
}
