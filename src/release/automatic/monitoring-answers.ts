import type { Automatic } from "../../gates/approval/checklist.ts";
import { tryCommand } from "../../gates/smoke/command.ts";
import { type Finding, failed, passed } from "../../gates/subject.ts";
import { httpRequest } from "../../io/http.ts";
import type { Looking } from "./looking.ts";

/** Milliseconds for the answer, or for the command. */
const PATIENCE = 10_000;
const LIMIT = 1024 * 1024;

/** The address answers 2xx, and no redirect leads away from it; or the command exits with 0. Nothing of what they say is kept. */
export async function monitoringAnswers(
  asked: Extract<Automatic, { kind: "monitoring" }>,
  { at, environment }: Pick<Looking, "at" | "environment">,
): Promise<Finding> {
  const { signal } = at;
  if ("command" in asked) {
    const { command } = asked;
    const { failure } = await tryCommand(
      { kind: "command", command, timeout: PATIENCE },
      {
        ...{ endpoint: null, entrance: at.target(environment).entrance(), folder: at.fleet.root, signal },
        mask: (text) => text,
      },
    );
    const name = command.join(" ").slice(0, 200);
    return failure === null ? passed(`${name}: exit 0`) : failed(`${name}: ${failure}`);
  }
  const { origin, pathname } = new URL(asked.url);
  const answer = await httpRequest({ url: asked.url, method: "GET", timeout: PATIENCE, limit: LIMIT, signal });
  const where = `${origin}${pathname}`;
  if (answer.kind === "none")
    // More than is read is an answer all the same, but of no known status.
    return failed(`${where}: no answer (${answer.why})`);
  return answer.status >= 200 && answer.status < 300
    ? passed(`${where} answered ${answer.status}`)
    : failed(`${where} answered ${answer.status}`);
}
