import type { ArtifactState, BuildEvent } from "../artifacts/artifact.ts";
import { type Repository, readCheckout, withRemote } from "../artifacts/git/repository.ts";
import { asRunSays } from "../ci/as-run-says.ts";
import { chosenNames } from "../fleet/chosen-names.ts";
import type { Environment } from "../fleet/fleet.ts";
import { sha512t256 } from "../io/digest.ts";
import type { ProofEvent } from "../migrations/prove/ground.ts";
import type { Desired } from "../plan/desired.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Observed } from "../plan/observed.ts";
import type { Plan } from "../plan/plan.ts";
import { Refused } from "../problem.ts";
import { artifactsAt, buildOrder } from "./artifacts-order.ts";
import { type Configuration, fingerprintOf, readConfiguration } from "./configuration.ts";
import { containersFor } from "./containers.ts";
import { desiredServices } from "./desired-services.ts";
import type { CheckRecord } from "./gatekeeping.ts";
import { leakedInto } from "./leaked-into.ts";
import { look } from "./look.ts";
import { proofProblems } from "./proof-problems.ts";
import { type ProvingWish, proveMigrations } from "./prove-migrations.ts";
import { sideBySide } from "./side-by-side.ts";
import { variableNames } from "./variable-names.ts";
import { lookBefore, notVerifiedBefore } from "./verified-before.ts";
import type { Workplace } from "./workplace.ts";

export type Wish = Readonly<{
  at: Workplace;
  environment: Environment;
  /** Null: the whole fleet; services that left it are then taken away. */
  services: readonly string[] | null;
  /** The environment whose verified artifacts are promoted; null: the one that `after` names is looked at. */
  from?: Environment | null;
  /** Milliseconds that the remote may take to say whether the branch is behind it; null: it is not asked. */
  fetch: number | null;
  /** Called with the services that change, before anything is built; refuses by throwing. */
  check: (facts: Facts) => Promise<readonly CheckRecord[]>;
  /** Null: build nothing; what is missing makes the plan a preview. */
  build: ((event: BuildEvent) => void) | null;
  /** How migrations are proven. Omitted: nothing is accepted, nothing proven twice, and what does not pass is refused. */
  proving?: Partial<Pick<ProvingWish, "acceptLoss" | "anew" | "judge">>;
  /** Null: migrations are not proven; so it is for a preview. */
  prove: ((event: ProofEvent) => void) | null;
}>;

const PROVING = { acceptLoss: [], anew: false, judge: proofProblems } as const;

/** What is known before checks and builds. */
export type Facts = Readonly<{
  repository: Repository;
  configuration: Configuration;
  /** Services whose artifact or variables are not what is verified there. */
  changing: readonly string[];
  artifacts: Readonly<Record<string, ArtifactState>>;
  /** What the environment before this one says; null: there is none. */
  before: Observed | null;
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
  /** Services whose artifacts are missing: such a plan is a preview, and can be neither approved nor exported. */
  unbuilt: readonly string[];
  evidence: Readonly<Record<string, unknown>>;
}>;

/** Reads what is declared, what the commit is and what is there; changes nothing and builds nothing. */
export async function gather(wish: Pick<Wish, "at" | "environment" | "services" | "from" | "fetch">): Promise<Facts> {
  const { at, environment } = wish;
  const names = chosenNames(at.fleet, wish.services);
  const { signal } = at;
  // Compose takes its time, and reads beside all that comes before its word is needed; what it refuses is told there.
  at.compose(environment).catch(() => undefined);
  const reading = readCheckout({ root: at.fleet.root, signal }).then((checkout) => asRunSays(checkout, at.ci));
  const lookingBefore = lookBefore(at, environment, wish.from ?? null);
  // What is built depends on the commit alone, and what is there on neither: the slowest of them, the remote, holds nothing up.
  const [repository, before, artifacts, there] = await sideBySide([
    reading.then((checkout) => withRemote(checkout, { fetch: wish.fetch, signal })),
    lookingBefore,
    Promise.all([reading, lookingBefore]).then(([checkout, earlier]) =>
      at.artifacts(environment).look(artifactsAt(at, { services: names, repository: checkout, before: earlier })),
    ),
    lookFor(at, environment, names),
  ]);
  const { configuration, observed, fingerprints } = there;
  const changing = names.filter((name) => {
    const verified = observed.services[name]?.marks[0]?.revision;
    return verified?.artifact !== artifacts[name]?.artifact || verified?.variables !== fingerprints.get(name);
  });
  return { names, repository, configuration, changing, artifacts, before, fingerprints, observed };
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
  const { names, repository, configuration, changing, artifacts, before, observed } = facts;
  const containers = await containersFor(at, environment, configuration);
  const unfit = [...containers.problems, ...(await containers.lacking())];
  if (unfit.length > 0) throw new Refused(unfit, 3);
  // A router that cannot be run is found out now, not when new instances wait for their traffic.
  const routed = names.some((name) => (at.fleet.services[name]?.routes.length ?? 0) > 0);
  if (routed) await at.target(environment).tryRouting({ signal: at.signal });
  const checks = await wish.check(facts);
  const notBefore = notVerifiedBefore({ environment, artifacts, changing, before });
  if (notBefore.length > 0) throw new Refused(notBefore, 3);
  const { build } = wish;
  const kind = at.artifacts(environment);
  const built =
    build === null
      ? null
      : await kind.build({
          ...buildOrder(at, { services: names, repository, before, withheld: variableNames(configuration) }),
          known: artifacts,
          events: build,
        });
  const [leaked, wanted] = await sideBySide([
    leakedInto({ at, environment, facts, built }),
    desiredServices({ at, environment, facts, built, containers: containers.of }),
  ]);
  const problems = [...leaked, ...wanted.problems];
  const { services } = wanted;
  if (problems.length > 0) throw new Refused(problems, 3);
  const proving =
    build === null || wish.prove === null
      ? { services, evidence: [] }
      : await proveMigrations({
          at,
          environment,
          configuration,
          observed,
          services,
          ...PROVING,
          progress: wish.prove,
          ...wish.proving,
        });
  const desired: Desired = {
    fleet: at.fleet.name,
    environment: environment.name,
    direction: "forward",
    onFailure: environment.onFailure,
    groups: environment.rollout.groups,
    concurrency: environment.rollout.concurrency,
    services: proving.services,
    tests: environment.tests,
    surroundings: containers.surroundings,
    remove: wish.services === null ? departed(at, observed) : [],
  };
  return {
    plan: makePlan(desired, observed, sha512t256),
    observed,
    configuration,
    repository,
    unbuilt: names.filter((name) => built?.[name] === undefined && artifacts[name]?.found == null),
    evidence: {
      checks,
      artifacts: built,
      ...(proving.evidence.length === 0 ? {} : { proofs: proving.evidence }),
      ...(wanted.allowed.length === 0 ? {} : { allowed: wanted.allowed }),
    },
  };
}

/** What runs there and is no longer declared. */
const departed = (at: Workplace, observed: Observed): readonly string[] =>
  Object.keys(observed.services).filter((name) => !Object.hasOwn(at.fleet.services, name));
