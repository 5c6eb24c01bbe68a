import type { Environment } from "../fleet/fleet.ts";
import { problem, Refused } from "../problem.ts";
import type { AgeIdentities } from "../variables/age.ts";
import type { OpenFile } from "./open-file.ts";
import type { Recipients } from "./read-recipients.ts";
import type { Sealing } from "./seal.ts";

/**
 * To whom an environment's files are encrypted: to its recipients; where none are named, by the passphrase that they are opened with.
 * @throws Refused where there is neither.
 */
export function sealingFor(
  environment: Environment,
  { recipients, file }: Recipients,
  { identities, opened }: Readonly<{ identities: AgeIdentities; opened: Pick<OpenFile, "bytes" | "recipients"> }>,
): Sealing {
  if (recipients.length > 0) return { kind: "recipients", keys: recipients.map(({ key }) => key) };
  const [passphrase] = identities.passphrases;
  if (passphrase !== undefined && (opened.bytes === null || opened.recipients === null)) {
    return { kind: "passphrase", passphrase };
  }
  throw new Refused([
    problem(
      "no-recipients",
      `${file} names nobody who may read the encrypted files of ${environment.name}`,
      `add who may: \`sampan secrets recipients ${environment.name} --add age1…\`; age-keygen makes a key`,
    ),
  ]);
}
