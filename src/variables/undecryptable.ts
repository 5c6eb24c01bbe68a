import { type Problem, problem } from "../problem.ts";
import type { AgeIdentities } from "./age.ts";

const WHERE_KEYS =
  "Give the key in SAMPAN_AGE_KEY, SAMPAN_AGE_KEY_FILE or ~/.config/sampan/age.txt, or a passphrase in SAMPAN_AGE_PASSPHRASE";

/** Why an encrypted file cannot be read here. */
export const undecryptable = (file: string, identities: AgeIdentities): Problem => ({
  ...problem("undecryptable-file", cannotOpen(file, identities), WHERE_KEYS),
  file,
});

const cannotOpen = (file: string, identities: AgeIdentities): string =>
  identities.keys.length + identities.passphrases.length === 0
    ? `${file} is encrypted and there is no age key to open it`
    : `${file} cannot be decrypted with the key of ${identities.keys.length > 0 ? identities.from : "SAMPAN_AGE_PASSPHRASE"}`;
