import type { ContainerSpec } from "../src/fleet/container.ts";
import type { ServiceSpec } from "../src/fleet/fleet.ts";
import type { Desired, DesiredMigrations, DesiredService } from "../src/plan/desired.ts";
import type { Observed, ObservedService, Revision } from "../src/plan/observed.ts";
import type { Plan, PlannedMigration } from "../src/plan/plan.ts";
import type { World } from "../src/targets/memory/world.ts";

/** Small made-up services for tests of the plan and the engine; times in milliseconds. */
export const specOf = (name: string, change: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name,
  port: 8080,
  routes: [{ kind: "prefix", prefix: `/${name}` }],
  replicas: 1,
  health: { path: "/health", every: 100, healthyFor: 1000, timeout: 10_000 },
  smoke: { kind: "none", why: "made up" },
  logs: { watch: 0, critical: [], ignore: [] },
  traffic: null,
  strategy: { kind: "rolling" },
  stop: { drain: 1000, timeout: 1000 },
  start: null,
  container: null,
  ...change,
});

export const containerOf = (change: Partial<ContainerSpec> = {}): ContainerSpec => ({
  project: "shop",
  service: "web",
  profiled: false,
  config: {},
  hostConfig: {},
  stopTimeout: null,
  networks: [],
  prerequisites: [],
  files: [],
  ...change,
});

const hex = (text: string, length: number): string =>
  [...text]
    .map((char) => char.charCodeAt(0).toString(16))
    .join("")
    .padEnd(length, "0")
    .slice(0, length);

export const revisionOf = (version: string): Revision => ({
  artifact: `sha256:${hex(version, 64)}`,
  commit: hex(version, 40),
  variables: hex("v", 64),
});

export const serviceOf = (name: string, version: string, change: Partial<DesiredService> = {}): DesiredService => ({
  name,
  revision: revisionOf(`${name}-${version}`),
  source: `/bundles/${name}/${version}`,
  spec: specOf(name),
  contract: null,
  needs: [],
  restores: null,
  notes: [],
  migrations: null,
  ...change,
});

export const desiredOf = (services: readonly DesiredService[], change: Partial<Desired> = {}): Desired => ({
  fleet: "sample",
  environment: "staging",
  direction: "forward",
  onFailure: "release",
  groups: "waves",
  concurrency: 4,
  services,
  tests: null,
  surroundings: null,
  remove: [],
  ...change,
});

/** Puts the variables of a plan's revisions into the world, which a deployer does before it runs the plan. */
export function stageFor(world: World, { services }: Plan): void {
  for (const { name, from, to } of services) {
    for (const revision of [from, to]) {
      if (revision !== null) world.staged.set(`${name}/${revision.variables}`, { variables: {}, own: new Set() });
    }
  }
}

export const plannedOf = (name: string, change: Partial<PlannedMigration> = {}): PlannedMigration => ({
  name,
  sha256: "00",
  phase: "expand",
  rollback: null,
  ...change,
});

export const migrationsOf = (change: Partial<DesiredMigrations> = {}): DesiredMigrations => ({
  urlVariable: "URL",
  up: [],
  after: [],
  waiting: [],
  down: [],
  downSource: null,
  downWhen: "last",
  held: [],
  level: null,
  ...change,
});

/** What is there once this fleet has been deployed: one running, routed and verified instance of each service. */
export function deployedOf(desired: Desired): Observed {
  const services: Record<string, ObservedService> = {};
  for (const { name, revision, source, spec } of desired.services) {
    const id = `${name}-1`;
    services[name] = {
      instances: [
        {
          id,
          service: name,
          revision,
          operationId: `20261123-141702-3f9a/${name}.bring/1`,
          release: "20261123-141702-3f9a",
          state: "running",
          pid: 1,
          address: { host: "127.0.0.1", port: 8080 },
          restarts: 0,
          lastExit: null,
          container: null,
          startedAt: 0,
        },
      ],
      route: { service: name, match: spec.routes, backends: [{ instance: id, weight: 1 }] },
      marks: [
        {
          service: name,
          revision,
          release: "20261123-141702-3f9a",
          restores: null,
          at: 0,
          migration: null,
          held: [],
          spec,
          source,
        },
      ],
      migrations: [],
    };
  }
  return { environment: desired.environment, services };
}
