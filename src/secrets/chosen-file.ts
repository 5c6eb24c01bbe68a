import { posix } from "node:path";
import type { Environment, Fleet } from "../fleet/fleet.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import { type AgeFile, ageFilesOf, othersOf } from "./age-files.ts";

/**
 * The one encrypted file that is meant.
 * @throws Refused with those there are, where it is none or several.
 */
export function chosenFile(
  fleet: Fleet,
  environment: Environment,
  wish: Readonly<{ service: string | null; file: string | null }>,
): AgeFile {
  const all = ageFilesOf(fleet, environment);
  const refuse = (code: string, message: string, hint: string): never => {
    throw new Refused([problem(code, message, hint)]);
  };
  if (all.length === 0) throw new Refused([noneEncrypted(environment)]);
  const { service, file } = wish;
  const known = Object.keys(fleet.services);
  if (service !== null && !known.includes(service)) {
    refuse(
      "unknown-service",
      `there is no service ${JSON.stringify(service)} in the fleet file`,
      `it has ${known.join(", ")}`,
    );
  }
  const declared = `its encrypted files are ${all.map((one) => one.file).join(", ")}`;
  const candidates = all.filter((one) => one.service === service);
  const meant = file === null ? candidates : all.filter((one) => one.file === posix.normalize(file));
  const [chosen, second] = meant;
  if (chosen === undefined) {
    const what =
      file !== null
        ? `${JSON.stringify(file)} is no encrypted file of ${environment.name}`
        : `${environment.name} has no encrypted file ${service === null ? "that its services share" : `of ${service} alone`}`;
    return refuse("no-such-secrets", what, declared);
  }
  if (second !== undefined) {
    return refuse(
      "several-secrets",
      `${environment.name} has several encrypted files to choose from`,
      `say which: --file ${meant.map((one) => one.file).join(" or --file ")}`,
    );
  }
  const [shared] = ambiguous(fleet, environment, [chosen]);
  if (shared !== undefined) throw new Refused([shared]);
  return chosen;
}

export const noneEncrypted = ({ name }: Environment): Problem =>
  problem(
    "none-encrypted",
    `none of ${name}'s variables files is encrypted`,
    `name one that ends in .age under environments.${name}.variables: it need not exist yet`,
  );

/** Files that would be encrypted to one environment's recipients and then be closed to another's. */
export const ambiguous = (fleet: Fleet, environment: Environment, files: readonly AgeFile[]): readonly Problem[] =>
  files.flatMap(({ file }) =>
    othersOf(fleet, environment, file).map((other) =>
      problem(
        "recipients-differ",
        `${file} is read in ${environment.name} and in ${other.name}, which keep their recipients in two files`,
        `name one for both: recipients: ${environment.recipients}`,
      ),
    ),
  );
