import type { Environment, Fleet, Service } from "../fleet/fleet.ts";
import { imageBuild } from "../fleet/image-build.ts";

/** A fleet for tests: services under services/, environments staging and production. */
export function fleetFor(
  root: string,
  options: Readonly<{
    services?: readonly string[];
    variables?: readonly string[];
    staging?: Partial<Environment>;
    production?: Partial<Environment>;
  }> = {},
): Fleet {
  const environment = (name: string, given: Partial<Environment> = {}): Environment => ({
    name,
    branch: null,
    tag: null,
    windows: [],
    frozen: null,
    from: "anywhere",
    tests: null,
    after: null,
    requires: [],
    approval: null,
    target: { kind: "process", hosts: ["local"], router: { kind: "builtin" } },
    listen: { host: "127.0.0.1", port: 0 },
    variables: options.variables ?? [`env/${name}.env`, `env/${name}/{service}.env`],
    recipients: null,
    onFailure: "release",
    acceptUnproven: null,
    shares: [],
    contracts: "ask",
    rollout: { groups: "waves", concurrency: 1 },
    ...given,
  });
  return {
    name: "fleet",
    file: `${root}/sampan.yaml`,
    root,
    image: null,
    version: "commit",
    store: null,
    ci: null,
    notify: [],
    references: [],
    services: Object.fromEntries((options.services ?? ["blog"]).map((name) => [name, serviceFor(name)])),
    environments: {
      staging: environment("staging", options.staging),
      production: environment("production", options.production),
    },
  };
}

const serviceFor = (name: string): Service => ({
  name,
  path: `services/${name}`,
  tier: null,
  needs: [],
  migrations: null,
  contract: { kind: "none", declared: false },
  build: { test: null, build: null, bundle: null, inputs: [], image: imageBuild() },
  port: null,
  routes: [],
  replicas: null,
  health: null,
  smoke: { kind: "none", why: "a test" },
  logs: { watch: 0, critical: [], ignore: [] },
  traffic: null,
  strategy: { kind: "rolling" },
  stop: { drain: 0, timeout: 1000 },
  start: null,
  compose: null,
});
