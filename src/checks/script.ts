import type { ScriptRun } from "../artifacts/worktree/worktree.ts";
import type { Service } from "../fleet/fleet.ts";
import { problem } from "../problem.ts";
import type { CheckCache } from "./cache.ts";
import { type Found, failed, inconclusive, passed } from "./check.ts";
import { checkOnce } from "./check-once.ts";

/** Lines of output that a problem quotes; the evidence has more. */
const QUOTED = 12;
const EVIDENCE = 16 * 1024;

/** Do the service's tests pass, on what is committed? The same tree is not tested twice. */
export async function checkTests(
  of: Readonly<{
    service: Service;
    artifact: string;
    cache: CheckCache;
    run: (service: Service) => Promise<ScriptRun>;
    mask: (text: string) => string;
  }>,
): Promise<Found & Readonly<{ known: boolean }>> {
  const { service } = of;
  const key = `test-1 ${of.artifact} ${JSON.stringify([service.name, service.build.test])}`;
  return checkOnce({ key, cache: of.cache, look: async () => judge(service, await of.run(service), of.mask) });
}

function judge(service: Service, ran: ScriptRun, mask: (text: string) => string): Found {
  if (ran.kind === "absent") {
    const message = `${service.name} has no test script`;
    const hint = `name its command as build.test in sampan.yaml, or add one to ${ran.folder}/package.json`;
    return failed(message, [problem("no-tests", message, hint)]);
  }
  const command = ran.argv.join(" ");
  const output = mask(ran.output.trimEnd());
  const where = ran.folder === service.path ? "" : ` in ${ran.folder}`;
  const evidence = `${command}${where}: exit code ${ran.exitCode ?? ran.failure}\n${output.slice(-EVIDENCE)}`;
  if (ran.exitCode === 0) return passed(evidence);
  const last = output.split(/\r?\n/).slice(-QUOTED).join("\n");
  const hint = `All of its output is in ${ran.log}`;
  if (ran.failure === "not-found" || ran.failure === "not-started") {
    return inconclusive(evidence, [
      problem("tests-not-run", `${ran.argv[0]} could not be started`, "Install it, or put it on the PATH"),
    ]);
  }
  const how = ran.failure === "timeout" ? "took too long" : `ended with exit code ${ran.exitCode ?? ran.failure}`;
  return failed(evidence, [problem("tests-failed", `${command} of ${service.name}${where} ${how}:\n${last}`, hint)]);
}
