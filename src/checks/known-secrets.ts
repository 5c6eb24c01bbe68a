import type { Fleet } from "../fleet/fleet.ts";
import type { SecretValue } from "../variables/spot-secrets.ts";
import type { VariablesReader } from "../variables/variables-reader.ts";

export type KnownSecrets = Readonly<{
  /** By variable, for masking. */
  masked: readonly SecretValue[];
  /** Named by where they are used: `JWT_KEYS of user-auth in production`. */
  described: readonly SecretValue[];
}>;

/** The secret values of every environment, as far as it can be read; why one cannot is told by the isolation check. */
export async function knownSecrets(fleet: Fleet, read: VariablesReader): Promise<KnownSecrets> {
  const masked: SecretValue[] = [];
  const described = new Map<string, SecretValue>();
  for (const environment of Object.keys(fleet.environments)) {
    for (const service of Object.keys(fleet.services)) {
      const found = await read(environment, service);
      // A file that is missing must not make the secrets of the others look like none.
      const variables = found.kind === "problems" ? found.found : found.variables.variables;
      for (const { name, value, secret } of variables) {
        // A reference that could not be resolved has no value to look for.
        if (!secret || value === "") continue;
        masked.push({ name, value });
        if (!described.has(value)) described.set(value, { name: `${name} of ${service} in ${environment}`, value });
      }
    }
  }
  return { masked, described: [...described.values()] };
}
