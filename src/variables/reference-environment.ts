import type { Fleet } from "../fleet/fleet.ts";
import { ownNames } from "./own-names.ts";

/**
 * What a command that resolves references is started with: ours, where it finds how it is signed in, without the variables of environments, the keys
 * of encrypted files and what Sampan alone needs.
 */
export function referenceEnvironment(
  processEnv: Readonly<Record<string, string | undefined>>,
  fleet: Pick<Fleet, "ci" | "notify" | "store">,
): Readonly<Record<string, string>> {
  const withheld = new Set([...ownNames(fleet), "SAMPAN_AGE_KEY", "SAMPAN_AGE_KEY_FILE", "SAMPAN_AGE_PASSPHRASE"]);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(processEnv)) {
    if (value !== undefined && !withheld.has(name) && !/^SAMPAN_[A-Z0-9_]+?__/.test(name)) env[name] = value;
  }
  return env;
}
