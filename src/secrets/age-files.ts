import { posix } from "node:path";
import type { Environment, Fleet } from "../fleet/fleet.ts";

/** An encrypted file of an environment's variables. */
export type AgeFile = Readonly<{
  /** Relative to the root. */
  file: string;
  /** Null: it is shared by the services that declare its names. */
  service: string | null;
}>;

/** In the order of the fleet file, whether they exist or not. */
export function ageFilesOf(fleet: Pick<Fleet, "services">, environment: Environment): readonly AgeFile[] {
  const found = environment.variables
    .filter((pattern) => pattern.endsWith(".age"))
    .flatMap((pattern): readonly AgeFile[] =>
      pattern.includes("{service}")
        ? Object.keys(fleet.services).map((service) => ({ file: fileFor(pattern, service), service }))
        : [{ file: posix.normalize(pattern), service: null }],
    );
  return [...new Map(found.map((one) => [one.file, one])).values()];
}

const fileFor = (pattern: string, service: string): string => posix.normalize(pattern.replaceAll("{service}", service));

/** Environments that read a file of this one, too, and keep their recipients elsewhere: a file has one set of them. */
export const othersOf = (fleet: Fleet, environment: Environment, file: string): readonly Environment[] =>
  Object.values(fleet.environments).filter(
    (other) =>
      other.name !== environment.name &&
      other.recipients !== environment.recipients &&
      ageFilesOf(fleet, other).some((one) => one.file === file),
  );
