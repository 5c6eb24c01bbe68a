import { posix } from "node:path";
import type { Environment, Service } from "../fleet/fleet.ts";
import type { Problem } from "../problem.ts";
import { isGiven } from "../variables/given.ts";
import { processNames } from "../variables/process-names.ts";
import type { ReadVariables } from "../variables/read-variables.ts";
import { type Declared, describeSource } from "../variables/variable.ts";
import { type Found, failed, passed } from "./check.ts";

/** Is every name of `.env.example` set in this environment, and none empty but the optional ones? */
export function checkVariablesSet(
  of: Readonly<{ environment: Environment; service: Service; read: ReadVariables }>,
): Found {
  if (of.read.kind === "problems") return failed("The variables could not be read", of.read.problems);
  const { variables, declared, hints } = of.read.variables;
  const set = new Map(variables.map((variable) => [variable.name, variable]));
  const wanted = [...declared, ...migrationUrl(of.service, declared)];
  const problems: Problem[] = [];
  for (const entry of wanted) {
    const variable = set.get(entry.name);
    if (entry.optional || isGiven(entry.name) || (variable !== undefined && variable.value.trim() !== "")) continue;
    const { name: environment } = of.environment;
    const source = variable === undefined ? "is not set" : `is empty (${describeSource(variable.source)})`;
    problems.push({
      code: variable === undefined ? "variable-not-set" : "variable-empty",
      file: entry.file,
      line: entry.line,
      column: entry.column,
      message: `${entry.name} of ${of.service.name} ${source} for ${environment}`,
      hint: whereToSet(of.environment, of.service, entry.name),
    });
  }
  const evidence = `${wanted.length} names of ${posix.join(of.service.path, ".env.example")}, ${variables.length} set, ${problems.length} missing or empty`;
  return problems.length === 0 ? passed(evidence, hints) : failed(evidence, [...problems, ...hints]);
}

/** Migrations need their URL whether or not `.env.example` names it. */
const migrationUrl = (service: Service, declared: readonly Declared[]): readonly Declared[] => {
  const name = service.migrations?.url;
  if (name === undefined || declared.some((entry) => entry.name === name)) return [];
  const file = posix.join(service.path, ".env.example");
  return [{ name, file, line: 1, column: 1, secret: true, rotates: false, optional: false }];
};

function whereToSet(environment: Environment, service: Service, name: string): string {
  const last = environment.variables.at(-1)?.replaceAll("{service}", service.name);
  const [own = ""] = processNames({ environment: environment.name, service: service.name, name });
  return `Set it in ${last === undefined ? "" : `${last}, or as `}${own} in the process's environment; or mark it "# optional" in .env.example`;
}
