import { composeNameOf } from "../compose/names.ts";
import type { ComposeProject } from "../compose/project.ts";
import type { Environment, Fleet } from "../fleet/fleet.ts";
import type { Problem } from "../problem.ts";
import { describePlace, type Place, samePlace } from "../variables/place.ts";
import { placesOf } from "../variables/places-of.ts";
import type { ReadVariables } from "../variables/read-variables.ts";
import { describeSource, type Variable } from "../variables/variable.ts";
import { type Found, failed, inconclusive, passed } from "./check.ts";
import { placeOutside } from "./outside-containers.ts";

type Pointing = Readonly<{ service: string; variable: Variable; place: Place }>;

type Unread = Readonly<{ environment: string; service: string; problems: readonly Problem[] }>;

/** Does nothing of this environment point to a database, a queue or a storage of another one? */
export async function checkIsolation(
  of: Readonly<{
    fleet: Fleet;
    environment: string;
    services: readonly string[];
    read: (environment: string, service: string) => Promise<ReadVariables>;
    project: (environment: Environment) => Promise<ComposeProject | null>;
  }>,
): Promise<Found> {
  const own = await pointings(of, of.environment, of.services);
  /** By the lines that name it: a shared file's line serves many services. */
  const problems = new Map<string, Problem>();
  const unread: Unread[] = [...own.unread];
  let compared = 0;
  const here = of.fleet.environments[of.environment];
  const others = Object.values(of.fleet.environments).filter(({ name }) => name !== of.environment);
  for (const other of others) {
    const theirs = await pointings(of, other.name, Object.keys(of.fleet.services));
    unread.push(...theirs.unread);
    const apart = here !== undefined && !shareHosts(here, other);
    for (const mine of own.found) {
      for (const their of theirs.found) {
        compared += 1;
        if (!samePlace(mine.place, their.place) || (apart && mine.place.local && their.place.local)) continue;
        const lines = JSON.stringify([mine, their].map(({ variable }) => [variable.name, variable.source]));
        if (problems.has(lines)) continue;
        problems.set(lines, shared({ mine, their, environment: of.environment, other: other.name }));
      }
    }
  }
  const evidence = `${own.found.length} places of ${of.environment} compared with ${others.map(({ name }) => name).join(", ") || "no other environment"} (${compared} pairs)`;
  if (problems.size > 0) return failed(evidence, [...problems.values()]);
  if (unread.length === 0) return passed(evidence);
  return inconclusive(evidence, notCompared(of.environment, unread));
}

async function pointings(
  of: Pick<Parameters<typeof checkIsolation>[0], "fleet" | "read" | "project">,
  environment: string,
  services: readonly string[],
): Promise<Readonly<{ found: readonly Pointing[]; unread: readonly Unread[] }>> {
  const found: Pointing[] = [];
  const unread: Unread[] = [];
  const declared = of.fleet.environments[environment];
  const project = declared === undefined ? null : await of.project(declared);
  for (const service of services) {
    const read = await of.read(environment, service);
    if (read.kind === "problems") {
      unread.push({ environment, service, problems: read.problems });
      continue;
    }
    const known = of.fleet.services[service];
    const name = project === null || known === undefined ? null : composeNameOf(project, known);
    for (const { variable, place } of placesOf(read.variables.variables, { base: known?.path ?? "" }))
      found.push({
        service,
        variable,
        place: project === null || name === null ? place : placeOutside(place, project, name),
      });
  }
  return { found, unread };
}

/** `localhost` of one machine is not that of another. */
const shareHosts = (a: Environment, b: Environment): boolean =>
  a.target.hosts.some((host) => b.target.hosts.includes(host));

function shared(of: Readonly<{ mine: Pointing; their: Pointing; environment: string; other: string }>): Problem {
  const { mine, their } = of;
  const { source } = mine.variable;
  return {
    code: "shared-place",
    file: source.kind === "process" ? null : source.file,
    line: source.kind === "file" ? source.line : null,
    column: null,
    message:
      `${mine.variable.name} of ${mine.service} in ${of.environment} (${describeSource(source)}) and ${their.variable.name} of ` +
      `${their.service} in ${of.other} (${describeSource(their.variable.source)}) name the same ${mine.place.holds}: ${describePlace(mine.place)}`,
    hint: `Give ${of.environment} and ${of.other} a ${mine.place.holds} each`,
  };
}

function notCompared(environment: string, unread: readonly Unread[]): readonly Problem[] {
  const byMessage = new Map<string, Problem>();
  for (const one of unread) {
    for (const problem of one.problems) {
      const message = `${environment} could not be compared with ${one.environment}: ${problem.message}`;
      byMessage.set(message, { ...problem, message });
    }
  }
  return [...byMessage.values()];
}
