import { oneLine } from "../../plain.ts";
import { buildFleet } from "../../release/build-fleet.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { buildLine } from "../render/preparation.ts";
import { table } from "../render/table.ts";
import { namesIn } from "../services-of.ts";
import { openWorkplace } from "../workplace.ts";

/** Makes what environments run, and pushes it where the fleet file names a registry. Deploys nothing. */
export async function build(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const made = await buildFleet(at, { services: namesIn(call.args[0]), events: (event) => say(buildLine(event)) });
  for (const { message } of made.unread) process.stderr.write(`! ${oneLine(message)}\n`);
  const services = Object.values(made.artifacts);
  if (wantsJson(call)) {
    printJson({
      formatVersion: 1,
      kind: made.kind,
      commit: made.commit,
      services: services.map(({ service, artifact, source, version, commit, built, seconds }) => ({
        name: service,
        artifact,
        source,
        version,
        commit,
        built,
        seconds,
      })),
      unread: made.unread.map(({ message }) => message),
    });
  } else {
    process.stdout.write(table(services.map(({ service, version, source }) => [`  ${service}`, version, source])));
  }
  return EXIT.done;
}
