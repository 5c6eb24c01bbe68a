import pLimit from "p-limit";
import { composeNameOf } from "../compose/names.ts";
import type { ComposeProject } from "../compose/project.ts";
import type { Environment, Fleet } from "../fleet/fleet.ts";
import type { ResolvedHost } from "../io/resolve-host.ts";
import type { Problem } from "../problem.ts";
import { type Place, samePlace } from "../variables/place.ts";
import { placesOf } from "../variables/places-of.ts";
import type { ReadVariables } from "../variables/read-variables.ts";
import { holdsNoAddress } from "../variables/reference.ts";
import { type Aliases, namesInDoubt, sameByAlias } from "../variables/same-server.ts";
import type { Variable } from "../variables/variable.ts";
import { placeOutside } from "./outside-containers.ts";

export type Pointing = Readonly<{ service: string; variable: Variable; place: Place }>;

export type Unread = Readonly<{ environment: string; service: string; problems: readonly Problem[] }>;

/** Two variables of two environments that name one place. */
export type Shared = Readonly<{
  mine: Pointing;
  their: Pointing;
  other: string;
  /** By which names the servers are known to be one; null: they are called alike. */
  how: string | null;
  /** Why that is meant, as the fleet file declares; null: it does not. */
  because: string | null;
}>;

export type PlacesOrder = Readonly<{
  fleet: Fleet;
  environment: string;
  services: readonly string[];
  read: (environment: string, service: string) => Promise<ReadVariables>;
  project: (environment: Environment) => Promise<ComposeProject | null>;
  resolve: (host: string) => Promise<ResolvedHost>;
}>;

export type ComparedPlaces = Readonly<{
  own: readonly Pointing[];
  others: readonly string[];
  pairs: number;
  shared: readonly Shared[];
  unread: readonly Unread[];
  /** Names that were looked up because two places would be one if they meant one server. */
  resolved: number;
}>;

/** What this environment's variables point to, beside what every other's do. `wanted`: of its own variables, those that count. */
export async function comparePlaces(
  of: PlacesOrder,
  wanted: (pointing: Pointing) => boolean = () => true,
): Promise<ComparedPlaces> {
  const own = await pointings(of, of.environment, of.services);
  const mine = own.found.filter(wanted);
  const unread: Unread[] = [...own.unread];
  const here = of.fleet.environments[of.environment];
  const others = Object.values(of.fleet.environments).filter(({ name }) => name !== of.environment);
  const pairs: Readonly<{ mine: Pointing; their: Pointing; other: Environment; apart: boolean }>[] = [];
  for (const other of mine.length === 0 ? [] : others) {
    const theirs = await pointings(of, other.name, Object.keys(of.fleet.services));
    unread.push(...theirs.unread);
    const apart = here !== undefined && !shareHosts(here, other);
    for (const one of mine) for (const their of theirs.found) pairs.push({ mine: one, their, other, apart });
  }
  const near = pairs.filter(({ mine: a, their: b, apart }) => !(apart && a.place.local && b.place.local));
  // A service of a compose file is no host of anybody else's.
  const aliases = await aliasesOf(
    [
      ...new Set(
        near.flatMap((pair) =>
          namesInDoubt(pair.mine.place, pair.their.place).filter((name) => !name.endsWith(".container")),
        ),
      ),
    ],
    of.resolve,
  );
  const shared = near.flatMap(({ mine: a, their: b, other }): readonly Shared[] => {
    const how = sameByAlias(a.place, b.place, aliases);
    if (how === null && !samePlace(a.place, b.place)) return [];
    return [{ mine: a, their: b, other: other.name, how, because: whyShared(here, other, { a, b }) }];
  });
  return {
    own: mine,
    others: others.map(({ name }) => name),
    pairs: pairs.length,
    shared,
    unread,
    resolved: aliases.size,
  };
}

/** Said in either of the two environments, of the variable that it has there. */
function whyShared(
  here: Environment | undefined,
  other: Environment,
  { a, b }: Readonly<{ a: Pointing; b: Pointing }>,
): string | null {
  const mine = here?.shares.find((one) => one.variable === a.variable.name && one.with === other.name);
  const theirs = other.shares.find((one) => one.variable === b.variable.name && one.with === here?.name);
  return mine?.because ?? theirs?.because ?? null;
}

async function aliasesOf(names: readonly string[], resolve: PlacesOrder["resolve"]): Promise<Aliases> {
  const limit = pLimit(16);
  return new Map(
    await Promise.all(
      names.map((name) => limit(async (): Promise<[string, ResolvedHost]> => [name, await resolve(name)])),
    ),
  );
}

async function pointings(
  of: PlacesOrder,
  environment: string,
  services: readonly string[],
): Promise<Readonly<{ found: readonly Pointing[]; unread: readonly Unread[] }>> {
  const found: Pointing[] = [];
  const unread: Unread[] = [];
  const declared = of.fleet.environments[environment];
  const project = declared === undefined ? null : await of.project(declared);
  for (const service of services) {
    const read = await of.read(environment, service);
    const problems = read.kind === "problems" ? inTheWay(read.found, read.problems) : [];
    if (problems.length > 0) unread.push({ environment, service, problems });
    // What could be read all the same may be shared all the same.
    const variables = read.kind === "problems" ? read.found : read.variables.variables;
    const known = of.fleet.services[service];
    const name = project === null || known === undefined ? null : composeNameOf(project, known);
    for (const { variable, place } of placesOf(variables, { base: known?.path ?? "" }))
      found.push({
        service,
        variable,
        place: project === null || name === null ? place : placeOutside(place, project, name),
      });
  }
  return { found, unread };
}

/** Why an environment cannot be compared: not for want of a password, which is no place. */
function inTheWay(found: readonly Variable[], problems: readonly Problem[]): readonly Problem[] {
  const harmless = found.flatMap(({ name, reference }) =>
    reference !== null && reference.problem !== null && holdsNoAddress(name) ? [reference.problem] : [],
  );
  return problems.filter((one) => !harmless.includes(one));
}

/** `localhost` of one machine is not that of another. */
const shareHosts = (a: Environment, b: Environment): boolean =>
  a.target.hosts.some((host) => b.target.hosts.includes(host));
