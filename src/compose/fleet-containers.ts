import type { ContainerSpec } from "../fleet/container.ts";
import type { Service } from "../fleet/fleet.ts";
import { cyclePath } from "../fleet/graph.ts";
import type { DesiredSurroundings } from "../plan/desired.ts";
import { type Problem, problem } from "../problem.ts";
import { jobsIn } from "./jobs.ts";
import { composeNameOf, matched } from "./names.ts";
import { otherBuild } from "./other-build.ts";
import { type ComposeProject, dependenciesOf } from "./project.ts";
import { type Tie, tiesOf } from "./ties.ts";
import { translate } from "./translate.ts";
import { fromWorkingTree } from "./working-tree.ts";

export type FleetContainer = Readonly<{
  container: ContainerSpec;
  /** The fleet file's; where it names none, those that the compose file depends on. */
  needs: readonly string[];
  replicas: number;
  notes: readonly string[];
}>;

export type FleetContainers = Readonly<{
  containers: ReadonlyMap<string, FleetContainer>;
  surroundings: DesiredSurroundings;
  problems: readonly Problem[];
}>;

type Of = Readonly<{
  project: ComposeProject;
  services: Readonly<Record<string, Service>>;
  /** Those that are asked for. */
  names: readonly string[];
  /** Where problems are said to be. */
  file: string;
  /** Absolute: the repository's. */
  root: string;
}>;

/** What a compose file makes of a fleet: each service's container, who needs whom, and what stands around them. Pure. */
export function fleetContainers({ project, services, names, file, root }: Of): FleetContainers {
  const problems: Problem[] = [];
  const containers = new Map<string, FleetContainer>();
  const ours = matched(project, services);
  const say = (code: string, message: string, hint: string | null) =>
    void problems.push({ ...problem(code, message, hint), file });
  const jobs = jobsIn(project, ours);
  for (const [message, hint] of jobs.problems) say("compose-job", message, hint);
  for (const [own, { key, why }] of tiedAround(project, ours)) {
    const hint = "let it share the project's networks and named volumes instead, or take it out";
    say("compose-key-refused", `services.${own}.${key}: ${why}`, hint);
  }
  for (const name of names) {
    const service = services[name];
    if (service === undefined) continue;
    const own = composeNameOf(project, service);
    if (own === null) {
      say("no-compose-service", ...unmatched(project, service));
      continue;
    }
    const { container, refused, single, unread, replicas: scaled, notes } = translate(project, own, service);
    for (const [key, why] of refused) {
      say(
        "compose-key-refused",
        `services.${own}.${key}: ${why}`,
        "take it out, or deploy this service in another way",
      );
    }
    const { over, beside } = fromWorkingTree({
      project,
      service: project.services[own] ?? {},
      root,
      path: service.path,
    });
    for (const mount of over) {
      const message = `services.${own}.volumes: ${mount} lays the working tree over what the image of ${name} has: neither a release nor a rollback would change it`;
      const hint =
        "take it out, or keep it in a file for development that is not named here: target: { files: [compose.yaml] }";
      say("working-tree-mounted", message, hint);
    }
    const replicas = service.replicas ?? Math.max(1, scaled ?? 1);
    if (service.strategy.kind !== "stop-first") {
      for (const [why, fix] of single) {
        const message = `${name} cannot be replaced without a gap: ${why}`;
        say("cannot-roll", message, `${fix}; or allow the gap in the fleet file: strategy: { stopFirst: "why" }`);
      }
    } else if (single.length > 0 && replicas > 1) {
      say("cannot-scale", `${name} has ${replicas} replicas: ${single[0]?.[0]}`, "replicas: 1");
    }
    if (unread !== null && !("none" in service.logs)) {
      const hint = 'take it out; or say in the fleet file that nobody looks at its logs: logs: { none: "why" }';
      say("logs-unreadable", `services.${own}.${unread}, and the logs gate of ${name} could decide nothing`, hint);
    }
    const needs = service.needs.length > 0 ? service.needs : neededBy(project, own, ours);
    const said = [
      ...single.map(([why]) => `stopped first: ${why}`),
      ...(scaled === null || scaled === replicas ? [] : [`${replicas} of it run, the compose file says ${scaled}`]),
      ...otherBuild(project.services[own] ?? {}, service),
      ...(jobs.once.get(own) ?? []).map((job) => `${job} runs where it has not run yet, not with each release`),
    ];
    if (beside.length > 0) said.push(`out of the working tree, whatever is committed: ${beside.join(", ")}`);
    containers.set(name, { container, needs, replicas, notes: [...said, ...notes] });
  }
  const edges = new Map(
    [...containers].map(([name, { needs }]) => [name, needs.filter((need) => containers.has(need))]),
  );
  const cycle = cyclePath([...containers.keys()], edges);
  if (cycle !== null) {
    say(
      "cycle",
      `a cycle: ${cycle.join(" → ")}, by depends_on and the fleet file's needs together`,
      "name the needs of each in the fleet file",
    );
  }
  return { containers, surroundings: surroundingsOf(project, ours), problems };
}

/** What stands around the fleet and is tied to a container of the fleet's. */
function tiedAround(project: ComposeProject, ours: ReadonlyMap<string, string>): readonly (readonly [string, Tie])[] {
  return Object.entries(project.services).flatMap(([own, service]) =>
    ours.has(own)
      ? []
      : tiesOf(service).flatMap((tie): readonly (readonly [string, Tie])[] => (ours.has(tie.to) ? [[own, tie]] : [])),
  );
}

function unmatched(project: ComposeProject, { name, compose }: Service): [string, string] {
  const there = Object.keys(project.services);
  const message =
    compose === null
      ? `${name} is no service of the compose file, nor is ${name}-service`
      : `${compose}, which ${name} is to be, is no service of the compose file`;
  return [
    message,
    `name it: compose: ${there.slice(0, 5).join(" | ")}; a profile may have to be switched on: target: { profiles: […] }`,
  ];
}

/** Through what is no service of the fleet, too: a database that waits for a service hands that on. */
function neededBy(project: ComposeProject, own: string, ours: ReadonlyMap<string, string>): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<string>([own]);
  const queue = [...dependenciesOf(project.services[own] ?? {})];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const service = ours.get(next);
    if (service !== undefined) found.add(service);
    else queue.push(...dependenciesOf(project.services[next] ?? {}));
  }
  found.delete(ours.get(own) ?? "");
  return [...found].sort();
}

/** All that is no service of the fleet: before the services where it depends on none of them. */
function surroundingsOf(project: ComposeProject, ours: ReadonlyMap<string, string>): DesiredSurroundings {
  const others = Object.keys(project.services).filter((name) => !ours.has(name));
  const after = others.filter((name) => neededBy(project, name, ours).length > 0);
  return { project: project.name, before: others.filter((name) => !after.includes(name)), after };
}
