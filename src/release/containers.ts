import { join } from "node:path";
import { type FleetContainer, fleetContainers } from "../compose/fleet-containers.ts";
import { neededOutside, outsideMissing } from "../compose/needed-outside.ts";
import type { ComposeProject } from "../compose/project.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { DesiredSurroundings } from "../plan/desired.ts";
import { type Problem, problem } from "../problem.ts";
import type { Configuration } from "./configuration.ts";
import type { Workplace } from "./workplace.ts";

export type Containers = Readonly<{
  /** Empty where the environment runs processes. */
  of: ReadonlyMap<string, FleetContainer>;
  /** What has to be started around them; null: everything is there. */
  surroundings: DesiredSurroundings | null;
  problems: readonly Problem[];
  /** Asks the host for what nobody would make: for who is about to bring them there. Elsewhere, as where a merge request is checked, it need not be. */
  lacking: () => Promise<readonly Problem[]>;
}>;

/** What the environment's compose file says of these services, and which parts around them do not run. */
export async function containersFor(
  at: Workplace,
  environment: Environment,
  configuration: Configuration,
): Promise<Containers> {
  const project = await at.compose(environment);
  if (project === null || environment.target.kind !== "compose")
    return { of: new Map(), surroundings: null, problems: [], lacking: async () => [] };
  const names = [...configuration.services.keys()];
  const file = join(at.fleet.root, environment.target.files[0] ?? "compose.yaml");
  const { containers, surroundings, problems } = fleetContainers({
    project,
    services: at.fleet.services,
    names,
    file,
    root: at.fleet.root,
  });
  const around = await missingOf(at, environment, surroundings);
  const wanted = [...containers.values()].map(({ container }) => container.service);
  const toCome = [...wanted, ...(around?.before ?? []), ...(around?.after ?? [])];
  return {
    of: containers,
    surroundings: around,
    problems: [...problems, ...leaks(containers, configuration, file)],
    lacking: async () => (await lackingOn(at, environment, project, toCome)).map((one) => ({ ...one, file })),
  };
}

/** What is somebody else's and not there is found now, not when containers are made. */
async function lackingOn(
  at: Workplace,
  environment: Environment,
  project: ComposeProject,
  services: readonly string[],
): Promise<readonly Problem[]> {
  const needed = services.flatMap((own) => neededOutside(project, own).map((thing) => ({ own, thing })));
  if (needed.length === 0) return [];
  const things = needed.map(({ thing }) => thing);
  const absent = await at.target(environment).absent(things, { signal: at.signal });
  return needed
    .filter(({ thing }) => absent.some(({ kind, name }) => kind === thing.kind && name === thing.name))
    .map(({ own, thing }) => outsideMissing(own, thing));
}

async function missingOf(
  at: Workplace,
  environment: Environment,
  { project, before, after }: DesiredSurroundings,
): Promise<DesiredSurroundings | null> {
  const services = [...before, ...after];
  if (services.length === 0) return null;
  const missing = new Set(await at.target(environment).missing({ project, services }, { signal: at.signal }));
  const left = (of: readonly string[]) => of.filter((service) => missing.has(service));
  return missing.size === 0 ? null : { project, before: left(before), after: left(after) };
}

/** Shorter ones are found in anything. */
const SHORTEST = 8;

/** A plan is shown, stored and approved: what a secret got into would go with it. */
function leaks(
  containers: ReadonlyMap<string, FleetContainer>,
  { services }: Configuration,
  file: string,
): readonly Problem[] {
  return [...containers].flatMap(([name, { container }]) => {
    const text = JSON.stringify(container);
    const secrets =
      services.get(name)?.all.variables.filter(({ secret, value }) => secret && value.length >= SHORTEST) ?? [];
    return secrets
      .filter(({ value }) => text.includes(JSON.stringify(value).slice(1, -1)))
      .map((secret) => ({
        ...problem(
          "secret-in-compose",
          `services.${container.service}: the value of ${secret.name} stands outside environment, and would stand in the plan`,
          "hand it over in environment or env_file, and let the program read it there",
        ),
        file,
      }));
  });
}
