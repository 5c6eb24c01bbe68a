import type { Call } from "../call.ts";
import { concluded } from "../output.ts";
import { readPlanFile } from "../plan-file.ts";
import { releaseWith } from "../release-with.ts";
import { servicesOf } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** From this commit to verified. */
export async function deploy(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const given = typeof call.options.plan === "string" ? await readPlanFile(call.options.plan, environment.name) : null;
  return concluded(call, await releaseWith(call, { at, environment, from: null, services: servicesOf(call), given }));
}
