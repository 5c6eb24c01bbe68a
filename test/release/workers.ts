import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactKind } from "../../src/artifacts/artifact-kind.ts";
import { openSqliteStore } from "../../src/engine/sqlite/sqlite-store.ts";
import type { Store } from "../../src/engine/store.ts";
import type { Environment, Fleet, Service } from "../../src/fleet/fleet.ts";
import { imageBuild } from "../../src/fleet/image-build.ts";
import { systemClock } from "../../src/io/clock.ts";
import { sha512t256 } from "../../src/io/digest.ts";
import { systemRandom } from "../../src/io/random.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { carryOut, type Order } from "../../src/release/carry-out.ts";
import { fingerprintOf, readConfiguration } from "../../src/release/configuration.ts";
import { releaseId } from "../../src/release/release-id.ts";
import type { Workplace } from "../../src/release/workplace.ts";
import { memoryTarget } from "../../src/targets/memory/memory-target.ts";
import { emptyWorld, type Script } from "../../src/targets/memory/world.ts";
import type { Variable } from "../../src/variables/variable.ts";
import { desiredOf, serviceOf, specOf } from "../fleet-samples.ts";

/** Services that listen on nothing: their gates need no server, only half a second. */
const spec = (name: string) => specOf(name, { port: null, routes: [], health: null });

const environment: Environment = {
  name: "staging",
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
  listen: { host: "127.0.0.1", port: 1 },
  variables: [],
  recipients: null,
  onFailure: "release",
  acceptUnproven: null,
  shares: [],
  contracts: "none",
  rollout: { groups: "waves", concurrency: 4 },
};

type Value = Readonly<{ value: string; secret?: boolean; rotates?: boolean }>;

/** A fleet of workers on a host in memory, with a store on disk that several deployers may share. */
export async function workers(names: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "sampan-workers-"));
  const world = emptyWorld();
  const stores: Store[] = [];
  const logged: string[] = [];
  /** What each tidying up was told to keep. */
  const kept: ReadonlySet<string>[] = [];
  /** Their configuration now: what a person would have changed in a file. */
  const variables: Record<string, Value> = { MOTTO: { value: "first" } };
  let script: Script = () => {};
  const target = memoryTarget({
    world,
    environment: "staging",
    clock: systemClock,
    script: (moment) => script(moment),
  });
  const services = Object.fromEntries(
    names.map((name): [string, Service] => [
      name,
      {
        ...spec(name),
        compose: null,
        path: name,
        tier: null,
        needs: [],
        migrations: null,
        contract: { kind: "none", declared: false },
        build: { test: null, build: null, bundle: null, inputs: [], image: imageBuild() },
      },
    ]),
  );
  const fleet: Fleet = {
    name: "workers",
    file: join(folder, "sampan.yaml"),
    root: folder,
    image: null,
    version: "commit",
    store: { kind: "folder", path: folder },
    ci: null,
    notify: [],
    references: [],
    services,
    environments: { staging: environment },
  };

  const artifacts: ArtifactKind = {
    kind: "bundle",
    look: async () => ({}),
    build: async () => ({}),
    leaks: async () => [],
    files: async ({ source }) => source,
    there: async () => true,
    prune: async ({ keep }) => {
      kept.push(keep);
      return [];
    },
  };

  /** Another process would have a store and a clock of its own. */
  const deployer = async (over: Partial<Workplace> = {}, storeFolder = folder): Promise<Workplace> => {
    const store = await openSqliteStore(storeFolder);
    stores.push(store);
    return {
      fleet,
      state: storeFolder,
      store: async () => store,
      target: () => target,
      artifacts: () => artifacts,
      compose: async () => null,
      ci: null,
      notify: async () => undefined,
      waiting: () => undefined,
      processEnv: {},
      variables: async () => async (_environment, service) => ({
        kind: "variables",
        variables: {
          environment: "staging",
          service,
          declared: [],
          left: [],
          hints: [],
          variables: Object.entries(variables).map(
            ([name, { value, secret = false, rotates = false }]): Variable => ({
              name,
              value,
              secret,
              rotates,
              optional: false,
              source: { kind: "process", name },
              reference: null,
            }),
          ),
        },
      }),
      resolve: async () => ({ names: [], addresses: [] }),
      clock: systemClock,
      random: systemRandom,
      by: "ann@host",
      log: (line) => logged.push(line),
      signal: new AbortController().signal,
      ...over,
    };
  };

  const plan = async (at: Workplace, version: string, wanted = names): Promise<Plan> => {
    const configuration = await readConfiguration(at, "staging", names);
    const desired = await Promise.all(
      wanted.map(async (name) => {
        const own = configuration.services.get(name);
        if (own === undefined) throw new Error(`${name} has no configuration`);
        const made = serviceOf(name, version, { spec: spec(name) });
        return {
          ...made,
          revision: { ...made.revision, variables: await fingerprintOf(target, name, own, at.signal) },
        };
      }),
    );
    return makePlan(desiredOf(desired), await target.observe({ signal: at.signal }), sha512t256);
  };

  const order = async (at: Workplace, planned: Plan, over: Partial<Order> = {}): Promise<Order> => ({
    at,
    environment,
    configuration: await readConfiguration(at, "staging", names),
    plan: planned,
    release: releaseId(at.clock.now(), at.random),
    kind: "deploy",
    commit: null,
    evidence: {},
    existing: null,
    turnBack: false,
    confirmed: [],
    onEvent: () => {},
    inconclusive: async () => "halt",
    ...over,
  });

  const deploy = async (at: Workplace, version: string, over: Partial<Order> = {}) =>
    carryOut(await order(at, await plan(at, version), over));

  return {
    folder,
    world,
    target,
    environment,
    variables,
    logged,
    kept,
    deployer,
    plan,
    order,
    deploy,
    /** What is thrown before or after an effect is what the host answers. */
    weather: (now: Script) => {
      script = now;
    },
    close: async () => {
      for (const store of stores) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
