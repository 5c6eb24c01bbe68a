import type { Composed } from "../compose/composed-variables.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { AgeIdentities } from "./age.ts";
import { type ReadVariables, readVariables } from "./read-variables.ts";
import { readVariablesFile } from "./read-variables-file.ts";
import { referenceEnvironment } from "./reference-environment.ts";
import { createResolver } from "./resolve-reference.ts";

/** `as-written`: nobody is asked what references stand for, and such variables have no value: for who wants names. */
export type VariablesReader = (environment: string, service: string, how?: "as-written") => Promise<ReadVariables>;

/**
 * Reads each service's variables in each environment at most once, and each file: opening one by a passphrase takes a second. References are resolved
 * when a service's variables are read, each once. For the length of one command.
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
  const { fleet, signal } = of;
  const resolver = createResolver({ cwd: fleet.root, env: referenceEnvironment(of.processEnv, fleet), signal });
  return (environment, service, how) => {
    const key = JSON.stringify([environment, service, how ?? null]);
    const resolve = how === "as-written" ? null : resolver;
    const known = read.get(key) ?? readVariables({ ...of, environment, service, readFile, resolve });
    read.set(key, known);
    return known;
  };
}
