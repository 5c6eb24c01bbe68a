import { oneLine } from "../../plain.ts";
import { type Rotated, rotateSecrets } from "../../secrets/rotate.ts";
import { ageIdentities } from "../age-identities.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** Encrypts every file of an environment to those who may read it now, and says what that does not do. */
export async function secretsRotate(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const { fleet, signal } = at;
  const rotated = await rotateSecrets({ fleet, environment, identities: await ageIdentities(at), signal });
  if (wantsJson(call)) printJson({ formatVersion: 1, environment: environment.name, ...rotated });
  else process.stdout.write(textOf(rotated));
  if (!rotated.mine)
    process.stderr.write("! none of your keys opens these files any more: you are not among their recipients\n");
  return EXIT.done;
}

function textOf({ files, recipients }: Rotated): string {
  const to = recipients === null ? "by the passphrase" : `to ${recipients} recipient${recipients === 1 ? "" : "s"}`;
  const removed = new Map(files.flatMap((one) => one.removed ?? []).map(({ key, name }) => [key, name]));
  const seen = files.filter((one) => removed.size === 0 || one.removed === null || one.removed.length > 0);
  const names = [...new Set(seen.flatMap(({ variables }) => variables))].sort();
  const who =
    removed.size === 0
      ? "whoever could open these files before"
      : [...removed].map(([key, name]) => oneLine(name ?? `${key.slice(0, 16)}…`)).join(", ");
  return [
    ...files.map(({ file }) => `✓ ${file} encrypted anew ${to}\n`),
    removed.size === 0
      ? `No value changed, and nothing is deployed by this. ${sentence(who)} still knows what stood in them: where somebody was removed, change at its source\n`
      : `${who} ${removed.size === 1 ? "was" : "were"} removed and still know${removed.size === 1 ? "s" : ""} these values, in git's history, too: change each at its source\n`,
    ...names.map((name) => `  ${name}\n`),
  ].join("");
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
