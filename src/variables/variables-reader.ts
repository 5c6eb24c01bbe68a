import type { Fleet } from "../fleet/fleet.ts";
import type { AgeIdentities } from "./age.ts";
import { type ReadVariables, readVariables } from "./read-variables.ts";

export type VariablesReader = (environment: string, service: string) => Promise<ReadVariables>;

/** Reads each service's variables in each environment at most once; for the length of one command. */
export function createVariablesReader(
  of: Readonly<{
    fleet: Fleet;
    processEnv: Readonly<Record<string, string | undefined>>;
    ageIdentities: AgeIdentities;
    signal: AbortSignal;
  }>,
): VariablesReader {
  const read = new Map<string, Promise<ReadVariables>>();
  return (environment, service) => {
    const key = JSON.stringify([environment, service]);
    const known = read.get(key) ?? readVariables({ ...of, environment, service });
    read.set(key, known);
    return known;
  };
}
