import { type CheckResult, refusals } from "../../checks/check.ts";
import { REMOTE_PATIENCE } from "../../release/deploy.ts";
import { checkAll } from "../../release/gatekeeping.ts";
import { gather } from "../../release/prepare.ts";
import { checkAfter } from "../../release/verified-before.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { colours, printJson, wantsJson } from "../output.ts";
import { checkLine } from "../render/preparation.ts";
import { renderProblems } from "../render/problems.ts";
import { servicesOf } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** Proves that this commit may go to an environment. Changes nothing there. */
export async function check(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const facts = await gather({ at, environment, services: servicesOf(call), fetch: REMOTE_PATIENCE });
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const onCheck = (result: CheckResult): void => say(checkLine(result));
  const after = checkAfter({ environment, ...facts });
  if (after !== null) onCheck(after);
  // What was not verified there does not come here, and need not be built for it.
  const asked = { at, environment, facts, breakGlass: null, promotes: false, onCheck };
  const results = [
    ...(after === null ? [] : [after]),
    ...(await checkAll({ ...asked, build: after === null || after.verdict === "passed" })),
  ];
  const problems = refusals(results);
  if (wantsJson(call)) printJson({ formatVersion: 1, environment: environment.name, checks: results.map(document) });
  else if (problems.length > 0) process.stderr.write(renderProblems(problems, colours(process.stderr)));
  return problems.length === 0 ? EXIT.done : EXIT.refused;
}

const document = ({ kind, service, verdict, took, evidence, problems }: CheckResult) => ({
  kind,
  service,
  verdict,
  seconds: took / 1000,
  evidence,
  problems,
});
