import { dirname, resolve } from "node:path";
import { PROVIDERS, writeWorkflow } from "../../ci/workflow/write-workflow.ts";
import { discover } from "../../fleet/discover.ts";
import { init as initFleet } from "../../fleet/init/init.ts";
import { readFleet } from "../../fleet/read-fleet.ts";
import { writeChecklist } from "../../gates/approval/write-checklist.ts";
import { problem, Refused } from "../../problem.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { VERSION } from "../version.ts";

/** Writes a commented sampan.yaml, with --ci the workflow of a CI, or with --checklist a checklist, and says what it could not decide. */
export async function init(call: Call): Promise<number> {
  const file = resolve(String(call.options.fleet ?? "sampan.yaml"));
  const { ci, checklist } = call.options;
  const { written, undecided } =
    ci !== undefined
      ? await workflowFor(file, ci)
      : checklist !== undefined
        ? await checklistFor(file, checklist)
        : await initFleet(dirname(file));
  if (wantsJson(call)) printJson({ formatVersion: 1, written, undecided });
  else {
    process.stdout.write(`written: ${written}\n`);
    for (const point of undecided) process.stdout.write(`to decide: ${point}\n`);
    const fleet = ci === undefined && checklist === undefined;
    process.stdout.write(fleet ? "next: `sampan doctor`\n" : "next: read it, and commit it\n");
  }
  return EXIT.done;
}

/** `--checklist` alone keeps both languages. */
async function checklistFor(file: string, given: unknown) {
  if (given !== true && given !== "ru" && given !== "en") {
    const message = `there is no checklist in ${JSON.stringify(given)}`;
    throw new Refused([problem("unknown-language", message, "ru or en; without a language it has both")]);
  }
  const read = await readFleet(file, await discover(dirname(file)));
  if ("problems" in read) throw new Refused(read.problems);
  return writeChecklist(read.fleet, given === true ? null : given);
}

async function workflowFor(file: string, given: unknown) {
  const provider = PROVIDERS.find((one) => one === given);
  if (provider === undefined) {
    throw new Refused([
      problem(
        "unknown-ci",
        `there is no workflow for ${JSON.stringify(given)}`,
        `known: ${PROVIDERS.join(", ")} (and Forgejo, which reads Gitea's)`,
      ),
    ]);
  }
  const read = await readFleet(file, await discover(dirname(file)));
  if ("problems" in read) throw new Refused(read.problems);
  return writeWorkflow(read.fleet, { provider, version: VERSION });
}
