import { join } from "node:path";
import { type ArtifactState, artifactsOf } from "../artifacts/artifacts-of.ts";
import { type Artifact, type BuildEvent, buildArtifacts } from "../artifacts/build-artifacts.ts";
import { type Repository, readRepository } from "../artifacts/git/repository.ts";
import { scanBundleForSecrets } from "../artifacts/leaks/scan-bundle.ts";
import { buildEnvironment } from "../artifacts/worktree/build-environment.ts";
import type { Environment, Service } from "../fleet/fleet.ts";
import { sha256 } from "../io/digest.ts";
import { byNumber } from "../migrations/migration.ts";
import { pendingMigrations } from "../migrations/pending-migrations.ts";
import { readMigrations } from "../migrations/read-migrations.ts";
import { NOTHING_OBSERVED } from "../plan/change.ts";
import type { Desired, DesiredMigrations, DesiredService } from "../plan/desired.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Observed } from "../plan/observed.ts";
import type { Plan } from "../plan/plan.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import { type Configuration, fingerprintOf, readConfiguration } from "./configuration.ts";
import { look } from "./look.ts";
import { specOf } from "./spec-of.ts";
import { variableNames } from "./variable-names.ts";
import type { Workplace } from "./workplace.ts";

export type Wish = Readonly<{
  at: Workplace;
  environment: Environment;
  /** Null: the whole fleet; services that left it are then taken away. */
  services: readonly string[] | null;
  /** Milliseconds that the remote may take to say whether the branch is behind it; null: it is not asked. */
  fetch: number | null;
  /** Called with the services that change, before anything is built; refuses by throwing. */
  check: (facts: Facts) => Promise<Readonly<Record<string, unknown>>>;
  /** Null: build nothing; what is missing makes the plan a preview. */
  build: ((event: BuildEvent) => void) | null;
}>;

/** What is known before checks and builds. */
export type Facts = Readonly<{
  repository: Repository;
  configuration: Configuration;
  /** Services whose artifact or variables are not what is verified there. */
  changing: readonly string[];
  artifacts: Readonly<Record<string, ArtifactState>>;
  /** The chosen services, in the order of the fleet file. */
  names: readonly string[];
  /** Of each service's variables, by the target's own key. */
  fingerprints: ReadonlyMap<string, string>;
  observed: Observed;
}>;

export type Prepared = Readonly<{
  plan: Plan;
  observed: Observed;
  configuration: Configuration;
  repository: Repository;
  /** False when artifacts are missing: such a plan can be neither approved nor exported. */
  runnable: boolean;
  evidence: Readonly<Record<string, unknown>>;
}>;

/** Reads what is declared, what the commit is and what is there; changes nothing and builds nothing. */
export async function gather(wish: Pick<Wish, "at" | "environment" | "services" | "fetch">): Promise<Facts> {
  const { at, environment } = wish;
  const names = chosen(at, wish.services);
  const repository = await readRepository({ root: at.fleet.root, fetch: wish.fetch, signal: at.signal });
  const from = { fleet: at.fleet, services: names, repository, state: at.state, signal: at.signal };
  const [artifacts, there] = await Promise.all([artifactsOf(from), lookFor(at, environment, names)]);
  const { configuration, observed, fingerprints } = there;
  const changing = names.filter((name) => {
    const verified = observed.services[name]?.marks[0]?.revision;
    return verified?.artifact !== artifacts[name]?.hash.artifact || verified?.variables !== fingerprints.get(name);
  });
  return { names, repository, configuration, changing, artifacts, fingerprints, observed };
}

type There = Pick<Facts, "configuration" | "observed" | "fingerprints">;

/** The services' variables, and what is there. */
async function lookFor(at: Workplace, environment: Environment, names: readonly string[]): Promise<There> {
  const configuration = await readConfiguration(at, environment.name, names);
  const target = at.target(environment);
  const fingerprinting = [...configuration.services].map(
    async ([name, own]): Promise<[string, string]> => [name, await fingerprintOf(target, name, own, at.signal)],
  );
  const [observed, ...pairs] = await Promise.all([look(at, environment, configuration), ...fingerprinting]);
  return { configuration, observed, fingerprints: new Map(pairs) };
}

/** From the fleet file and a commit to a plan: read, check, build, observe, plan. */
export async function prepare(wish: Wish): Promise<Prepared> {
  const { at, environment } = wish;
  const facts = await gather(wish);
  const { names, repository, configuration, changing, artifacts, fingerprints, observed } = facts;
  const from = { fleet: at.fleet, services: names, repository, state: at.state, signal: at.signal };
  await onlyVerifiedBefore(wish, artifacts, changing);
  const checks = await wish.check(facts);
  const { build } = wish;
  const built =
    build === null
      ? null
      : await buildArtifacts({
          ...from,
          services: names,
          known: artifacts,
          env: buildEnvironment(at.processEnv, variableNames(configuration)),
          clock: at.clock,
          concurrency: 2,
          log: at.log,
          events: build,
        });
  const problems: Problem[] = [...(await leakedInto(wish, facts, built))];
  const services: DesiredService[] = [];
  for (const name of names) {
    const service = at.fleet.services[name];
    const state = artifacts[name];
    if (service === undefined || state === undefined) continue;
    const source = built?.[name]?.source ?? state.source;
    const readFrom = built === null && state.manifest === null ? join(at.fleet.root, service.path) : source;
    const verified = observed.services[name]?.marks[0]?.revision.artifact === state.hash.artifact;
    const migrations = await migrationsFor({ service, from: readFrom, observed, verified });
    problems.push(...migrations.problems);
    services.push({
      name,
      revision: {
        artifact: state.hash.artifact,
        commit: built?.[name]?.commit ?? state.manifest?.commit ?? repository.head,
        variables: fingerprints.get(name) ?? "",
      },
      source,
      spec: specOf(service, null),
      needs: service.needs,
      restores: null,
      migrations: migrations.desired,
    });
  }
  if (problems.length > 0) throw new Refused(problems, 3);
  const desired: Desired = {
    fleet: at.fleet.name,
    environment: environment.name,
    direction: "forward",
    onFailure: environment.onFailure,
    groups: environment.rollout.groups,
    concurrency: environment.rollout.concurrency,
    services,
    remove: wish.services === null ? departed(at, observed) : [],
  };
  return {
    plan: makePlan(desired, observed, sha256),
    observed,
    configuration,
    repository,
    runnable: services.every(({ name }) => built?.[name] !== undefined || artifacts[name]?.manifest != null),
    evidence: { checks, artifacts: built },
  };
}

function chosen(at: Workplace, wanted: readonly string[] | null): readonly string[] {
  const all = Object.keys(at.fleet.services);
  if (wanted === null) return all;
  const unknown = wanted.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new Refused(
      unknown.map((name) =>
        problem(
          "unknown-service",
          `there is no service ${JSON.stringify(name)} in the fleet`,
          `it has ${all.join(", ")}`,
        ),
      ),
    );
  }
  return all.filter((name) => wanted.includes(name));
}

/** The sources were searched before the build; what came out of it may hold what the build put in. */
async function leakedInto(
  wish: Wish,
  facts: Facts,
  built: Readonly<Record<string, Artifact>> | null,
): Promise<readonly Problem[]> {
  const found = await Promise.all(
    Object.values(built ?? {})
      .filter(({ service }) => facts.changing.includes(service))
      .map(async ({ service, source }) => {
        const own = facts.configuration.services.get(service)?.all.variables ?? [];
        const values = Object.fromEntries(own.filter(({ secret }) => secret).map(({ name, value }) => [name, value]));
        const leaks = await scanBundleForSecrets(source, { values }, wish.at.signal);
        return leaks.map(({ file, line, name }) => ({
          ...problem(
            "secret-in-bundle",
            `the bundle of ${service} holds the value of ${name} of ${wish.environment.name}`,
            `take it out of the build, then remove ${source}`,
          ),
          file,
          line,
        }));
      }),
  );
  return found.flat();
}

/** What runs there and is no longer declared. */
const departed = (at: Workplace, observed: Observed): readonly string[] =>
  Object.keys(observed.services).filter((name) => !Object.hasOwn(at.fleet.services, name));

/** `after: staging`: only artifacts that were verified there, whatever was verified since. */
async function onlyVerifiedBefore(
  wish: Wish,
  artifacts: Facts["artifacts"],
  changing: readonly string[],
): Promise<void> {
  const { at, environment } = wish;
  const earlier = environment.after === null ? undefined : at.fleet.environments[environment.after];
  if (earlier === undefined) return;
  const { services } = await at.target(earlier).observe({ signal: at.signal });
  const problems = changing
    .filter(
      (name) =>
        !(services[name] ?? NOTHING_OBSERVED).marks.some(
          ({ revision }) => revision.artifact === artifacts[name]?.hash.artifact,
        ),
    )
    .map((name) =>
      problem(
        "not-verified-before",
        `${name}: artifact ${artifacts[name]?.hash.artifact.slice(7, 19)} was never verified in ${earlier.name}, and ${environment.name} comes after it`,
        `deploy this commit to ${earlier.name} first: \`sampan deploy ${earlier.name}\``,
      ),
    );
  if (problems.length > 0) throw new Refused(problems, 3);
}

type MigrationsFrom = Readonly<{
  service: Service;
  from: string;
  observed: Observed;
  /** This very artifact is verified there: its migrations were looked through before that. */
  verified: boolean;
}>;

async function migrationsFor({
  service,
  from,
  observed,
  verified,
}: MigrationsFrom): Promise<{ desired: DesiredMigrations | null; problems: readonly Problem[] }> {
  if (service.migrations === null) return { desired: null, problems: [] };
  const applied = observed.services[service.name]?.migrations ?? [];
  const read = await readMigrations(join(from, service.migrations.dir), { statements: !verified });
  const { pending, problems } = pendingMigrations(read.migrations, applied);
  const level = [...applied, ...pending].sort(byNumber).at(-1)?.name ?? null;
  return {
    desired: { urlVariable: service.migrations.url, up: pending, down: [], downSource: null, level },
    problems: [...read.problems, ...problems],
  };
}
