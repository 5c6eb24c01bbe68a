import { resume as resumeRelease } from "../../release/resume.ts";
import { askLosses } from "../ask-losses.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { concluded, printJson, progressFor, wantsJson } from "../output.ts";
import { askInconclusive } from "../questions.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** Goes on where a release was cut off; with --back it returns to what was verified before. */
export async function resume(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const progress = await progressFor(call);
  const back = call.options.back === true;
  const document = await resumeRelease({
    at,
    environment,
    back,
    onEvent: progress.onEvent,
    confirmLosses: askLosses(call),
    inconclusive: askInconclusive(call),
  }).finally(progress.end);
  if (document !== null) return concluded(call, document);
  if (wantsJson(call)) {
    printJson({
      formatVersion: 1,
      release: null,
      environment: environment.name,
      status: "verified",
      seconds: 0,
      services: [],
      problems: [],
    });
  } else
    process.stdout.write(
      `${environment.name}: no release was cut off; \`sampan status ${environment.name}\` says what runs\n`,
    );
  return EXIT.done;
}
