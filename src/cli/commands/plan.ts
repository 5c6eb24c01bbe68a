import { writeDurably } from "../../io/files.ts";
import { problem, Refused } from "../../problem.ts";
import { overrideOf } from "../../release/override-of.ts";
import { estimateFrom } from "../../release/past.ts";
import { prepare } from "../../release/prepare.ts";
import { acceptedLosses } from "../accepted-losses.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
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
  const prepared = await prepare({
    at,
    environment,
    services,
    fetch: null,
    check: async () => [],
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
  if (wantsJson(call)) printJson(planDocument(prepared.plan, estimate, prepared.unbuilt));
  else {
    process.stdout.write(planText(prepared.plan, estimate));
    if (prepared.unbuilt.length > 0)
      process.stdout.write(
        `\na preview: ${prepared.unbuilt.join(", ")} not built yet, so this plan can be neither approved nor exported\n`,
      );
    if (out !== null)
      process.stdout.write(`\nwritten to ${out}: \`sampan deploy ${environment.name} --plan ${out}\`\n`);
  }
  return EXIT.done;
}
