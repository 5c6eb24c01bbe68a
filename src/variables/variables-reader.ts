import type { Composed } from "../compose/composed-variables.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { AgeIdentities } from "./age.ts";
import { type ReadVariables, readVariables } from "./read-variables.ts";
import { readVariablesFile } from "./read-variables-file.ts";

export type VariablesReader = (environment: string, service: string) => Promise<ReadVariables>;

/**
 * Reads each service's variables in each environment at most once, and each file: opening one by a passphrase takes a second. For the
 * length of one command.
 */
export function createVariablesReader(
  of: Readonly<{
    fleet: Fleet;
    processEnv: Readonly<Record<string, string | undefined>>;
    ageIdentities: AgeIdentities;
    composed?: Composed;
    signal: AbortSignal;
  }>,
): VariablesReader {
  const files = new Map<string, ReturnType<typeof readVariablesFile>>();
  const readFile: typeof readVariablesFile = (file) => {
    const key = JSON.stringify([file.file, file.missing]);
    const known = files.get(key) ?? readVariablesFile(file);
    files.set(key, known);
    return known;
  };
  const read = new Map<string, Promise<ReadVariables>>();
  return (environment, service) => {
    const key = JSON.stringify([environment, service]);
    const known = read.get(key) ?? readVariables({ ...of, environment, service, readFile });
    read.set(key, known);
    return known;
  };
}
