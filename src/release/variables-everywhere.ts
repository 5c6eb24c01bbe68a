import { type Problem, problem } from "../problem.ts";
import type { Workplace } from "./workplace.ts";

/** The names of all environments' variables, which no build and no test sees, and which environments could not be read here. */
export async function variablesEverywhere(
  at: Workplace,
): Promise<Readonly<{ withheld: ReadonlySet<string>; unread: readonly Problem[] }>> {
  const read = await at.variables();
  const withheld = new Set<string>();
  const unread = new Map<string, Problem>();
  for (const environment of Object.keys(at.fleet.environments)) {
    for (const service of Object.keys(at.fleet.services)) {
      const found = await read(environment, service, "as-written");
      if (found.kind === "variables") for (const { name } of found.variables.variables) withheld.add(name);
      else if (!unread.has(environment)) {
        const what = `the variables of ${environment} cannot be read here, so its secrets were not looked for: ${found.problems[0]?.message}`;
        unread.set(environment, problem("variables-unread", what));
      }
    }
  }
  return { withheld, unread: [...unread.values()] };
}
