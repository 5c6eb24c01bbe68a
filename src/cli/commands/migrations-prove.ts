import { prepare } from "../../release/prepare.ts";
import type { Proven } from "../../release/prove.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { buildLine } from "../render/preparation.ts";
import { proofLine, proofSummary } from "../render/proof.ts";
import { servicesOf } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** Proves what is pending, as a release would, and changes nothing in the environment. */
export async function migrationsProve(call: Call): Promise<number> {
  if (call.options.dir !== undefined) return (await import("./migrations-prove-folder.ts")).proveFolder(call);
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  let found: Proven = { proofs: [], unproven: [] };
  await prepare({
    at,
    environment,
    services: servicesOf(call),
    fetch: null,
    check: async () => [],
    build: (event) => say(buildLine(event)),
    prove: (event) => say(proofLine(event)),
    proving: {
      anew: call.options.anew === true,
      judge: (proven) => {
        found = proven;
        return [];
      },
    },
  });
  const { proofs, unproven } = found;
  if (wantsJson(call)) printJson({ formatVersion: 1, environment: environment.name, proofs, unproven });
  else process.stdout.write(proofSummary(found));
  return unproven.length === 0 && proofs.every(({ verdict }) => verdict === "passed") ? EXIT.done : EXIT.refused;
}
