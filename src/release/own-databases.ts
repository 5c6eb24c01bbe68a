import { sharedProblems } from "../checks/isolation.ts";
import { comparePlaces } from "../checks/shared-places.ts";
import type { Problem } from "../problem.ts";
import type { Workplace } from "./workplace.ts";

/**
 * What is wrong with connecting to the databases of an environment's migrations: an address that another environment has, too, and that is not
 * declared as shared. Whatever verb it is, Sampan connects to none of them. An environment that cannot be read here says nothing.
 */
export async function foreignDatabases(
  at: Workplace,
  environment: string,
  names: readonly string[],
): Promise<readonly Problem[]> {
  const services = names.filter((name) => at.fleet.services[name]?.migrations != null);
  if (services.length === 0 || Object.keys(at.fleet.environments).length < 2) return [];
  const { shared } = await comparePlaces(
    {
      fleet: at.fleet,
      environment,
      services,
      read: await at.variables(),
      project: (other) => at.compose(other).catch(() => null),
      resolve: at.resolve,
    },
    ({ service, variable }) => variable.name === at.fleet.services[service]?.migrations?.url,
  );
  return sharedProblems(environment, shared);
}
