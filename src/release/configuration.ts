import { type Problem, Refused } from "../problem.ts";
import type { InstancesTarget } from "../targets/target.ts";
import { createMask, type Mask } from "../variables/mask.ts";
import type { ReadVariables } from "../variables/read-variables.ts";
import type { ServiceVariables, Variable } from "../variables/variable.ts";
import { foreignDatabases } from "./own-databases.ts";
import type { Workplace } from "./workplace.ts";

/** One service's variables, split by who gets them. */
export type ServiceConfiguration = Readonly<{
  all: ServiceVariables;
  /** What its instances are started with, and what its revision is known by. */
  fixed: Readonly<Record<string, string>>;
  /** Always taken at their current value, so they are no part of the revision. */
  rotates: Readonly<Record<string, string>>;
  /** The URL of the role that runs migrations. */
  migrationUrl: string | null;
  /** No: a reference could not be resolved; enough to go back to what the target keeps, and for nothing new. */
  whole: boolean;
}>;

export type Configuration = Readonly<{
  services: ReadonlyMap<string, ServiceConfiguration>;
  mask: Mask;
}>;

/**
 * Reads the variables of these services in an environment. `going` back needs of references only those of databases: what it returns to is kept at the
 * target, and whoever is to be asked may be down for the same reason.
 * @throws Refused with all problems of all files at once, or (exit 3) where Sampan would connect to another environment's database.
 */
export async function readConfiguration(
  at: Workplace,
  environment: string,
  names: readonly string[],
  going: "forth" | "back" = "forth",
): Promise<Configuration> {
  const variablesOf = await at.variables();
  const problems: Problem[] = [];
  const services = new Map<string, ServiceConfiguration>();
  const secrets: { name: string; value: string }[] = [];
  const read = await Promise.all(names.map((service) => variablesOf(environment, service)));
  for (const [index, result] of read.entries()) {
    const name = names[index] ?? "";
    const url = at.fleet.services[name]?.migrations?.url ?? null;
    if (result.kind === "problems" && !(going === "back" && isEnoughToGoBack(result, url))) {
      problems.push(...result.problems);
      continue;
    }
    const whole = result.kind === "variables";
    if (!whole) for (const { message } of result.problems) at.waiting(`${name} keeps its value: ${message}`);
    const all = whole
      ? result.variables
      : { environment, service: name, variables: result.found, declared: [], left: [], hints: [] };
    services.set(name, { ...split(all, url), whole });
    for (const variable of all.variables) if (variable.secret) secrets.push(variable);
  }
  if (problems.length > 0) throw new Refused(unique(problems));
  const foreign = await foreignDatabases(at, environment, names);
  if (foreign.length > 0) throw new Refused(foreign, 3);
  return { services, mask: createMask(secrets) };
}

/** Nothing is missing but values of references, and none of these is the database's address. */
const isEnoughToGoBack = (
  { problems, found }: Extract<ReadVariables, { kind: "problems" }>,
  url: string | null,
): boolean => {
  const unresolved = found.filter(({ reference }) => reference !== null && reference.problem !== null);
  return problems.length === unresolved.length && !unresolved.some(({ name }) => name === url);
};

const unique = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((entry) => [JSON.stringify(entry), entry])).values(),
];

function split(all: ServiceVariables, urlVariable: string | null): Omit<ServiceConfiguration, "whole"> {
  const fixed: Record<string, string> = Object.create(null);
  const rotates: Record<string, string> = Object.create(null);
  const onlyForMigrations = urlVariable !== null && ownsAnotherDatabaseUrl(all.variables, urlVariable);
  let migrationUrl: string | null = null;
  for (const variable of all.variables) {
    if (variable.name === urlVariable) {
      migrationUrl = variable.value;
      if (onlyForMigrations) continue;
    }
    (variable.rotates ? rotates : fixed)[variable.name] = variable.value;
  }
  return { all, fixed, rotates, migrationUrl };
}

/**
 * The role that may change the schema has no business in a running instance; it gets there only where it is the one URL that the
 * service has for its database.
 */
function ownsAnotherDatabaseUrl(variables: readonly Variable[], urlVariable: string): boolean {
  return variables.some((variable) => variable.name !== urlVariable && /^postgres(ql)?:\/\//.test(variable.value));
}

/** The revision's half that comes from the variables, keyed at the target. */
export const fingerprintOf = (
  target: InstancesTarget,
  service: string,
  configuration: ServiceConfiguration,
  signal: AbortSignal,
): Promise<string> => target.fingerprint(service, configuration.fixed, { signal });
