import { problem, Refused } from "../../problem.ts";
import { neededArtifacts } from "../../release/needed-artifacts.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** `prune`: takes away what no environment runs or could return to. */
export async function images(call: Call): Promise<number> {
  if (call.args[0] !== "prune") {
    throw new Refused([
      problem("usage", `there is no images ${JSON.stringify(call.args[0])}`, "`sampan images prune staging`"),
    ]);
  }
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[1]);
  const kind = at.artifacts(environment);
  const keep = await neededArtifacts(at);
  const removed = await kind.prune({ keep, asked: true, signal: at.signal });
  if (wantsJson(call)) {
    printJson({ formatVersion: 1, environment: environment.name, kind: kind.kind, needed: keep.size, removed });
  } else {
    for (const { service, artifact, from, tags } of removed) {
      process.stdout.write(
        `✓ ${service}: ${artifact.slice(0, 19)} from ${from}${tags.length === 0 ? "" : ` (${tags.join(", ")})`}\n`,
      );
    }
    if (removed.length === 0)
      process.stdout.write("nothing to remove: all that is there is needed, or younger than an hour\n");
  }
  return EXIT.done;
}
