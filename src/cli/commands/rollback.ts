import { estimateFrom } from "../../release/past.ts";
import { rollback as rollbackRelease } from "../../release/roll-back.ts";
import { askLosses } from "../ask-losses.ts";
import type { Call } from "../call.ts";
import { confirmItems } from "../confirm-items.ts";
import { concluded, isInteractive, progressFor, wantsJson } from "../output.ts";
import { askInconclusive, yes } from "../questions.ts";
import { planText } from "../render/plan.ts";
import { servicesOf } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** Back to what was verified before: it waits for an approval only where the environment asks for one. */
export async function rollback(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const progress = await progressFor(call);
  const document = await rollbackRelease({
    at,
    environment,
    services: servicesOf(call),
    to: typeof call.options.to === "string" ? call.options.to : null,
    migrations: call.options.migrations === true,
    ask: async (plan, missing) => {
      if (isInteractive(call)) await confirmItems({ at, plan, missing, say });
    },
    confirm: async (plan) => {
      say(planText(plan, await estimateFrom(at, plan)));
      return !isInteractive(call) || call.options.yes === true || (await yes("\nGo back?", call.stop));
    },
    onEvent: progress.onEvent,
    confirmLosses: askLosses(call),
    inconclusive: askInconclusive(call),
  }).finally(progress.end);
  return concluded(call, document);
}
