import { join } from "node:path";
import type { ArtifactState } from "../artifacts/artifact.ts";
import { withWorktree } from "../artifacts/worktree/with-worktree.ts";
import { createFolderCheckCache } from "../checks/cache.ts";
import { type CheckKind, type CheckResult, refusals } from "../checks/check.ts";
import { runChecks } from "../checks/run-checks.ts";
import { runName } from "../ci/run.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { Observed } from "../plan/observed.ts";
import { problem, Refused } from "../problem.ts";
import { AT_ONCE, buildOrder } from "./artifacts-order.ts";
import { buildEnvironmentAt } from "./build-environment-at.ts";
import { containersFor } from "./containers.ts";
import { greenAt } from "./green-at.ts";
import type { Facts, Prepared } from "./prepare.ts";
import { notPromotable } from "./promotable.ts";
import { variableNames } from "./variable-names.ts";
import { notVerifiedBefore } from "./verified-before.ts";
import type { Workplace } from "./workplace.ts";

export type Gatekeeping = Readonly<{
  at: Workplace;
  environment: Environment;
  facts: Facts;
  /** Build what is missing, and read the compose file, as checks of their own; a release does both by itself. */
  build: boolean;
  /** Why a person sets the rules of time and place aside; null: nobody does. */
  breakGlass: string | null;
  /** Only what the environment looked at before has verified last, and nothing that would have to be built. */
  promotes: boolean;
  onCheck: (result: CheckResult) => void;
}>;

/** All checks, or those of some kinds, for the services that would change. */
export async function checkAll(
  { at, environment, facts, build, breakGlass, onCheck }: Gatekeeping,
  kinds: readonly CheckKind[] | null = null,
): Promise<readonly CheckResult[]> {
  const { repository, configuration, changing, artifacts } = facts;
  const env = buildEnvironmentAt(at, variableNames(configuration));
  const { root, prefix, head } = repository;
  const workshop = { root, prefix, state: at.state, env, clock: at.clock, signal: at.signal, log: at.log };
  const states = changing.map((name) => artifacts[name]).filter((state): state is ArtifactState => state !== undefined);
  return runChecks({
    fleet: at.fleet,
    environment: environment.name,
    services: states.map(({ service, hash }) => ({ name: service, artifact: hash.artifact, folders: hash.folders })),
    repository,
    kinds,
    asking: { now: at.clock.now(), ci: at.ci === null ? null : runName(at.ci), breakGlass },
    green: () => greenAt(at, repository),
    read: await at.variables(),
    // What is wrong with another environment's file is for that one to say.
    project: (other) => at.compose(other).catch(() => null),
    resolve: at.resolve,
    // A release has read it before: what cannot be carried out is refused ahead of all checks there.
    ...(build && environment.target.kind === "compose"
      ? { containers: async () => (await containersFor(at, environment, configuration)).problems }
      : {}),
    running: verifiedCommits(facts.observed),
    foldersOf: (name) => artifacts[name]?.hash.folders ?? [],
    cache: createFolderCheckCache(join(at.state, "checks")),
    clock: at.clock,
    signal: at.signal,
    concurrency: AT_ONCE,
    openWorktree: (use) => withWorktree({ workshop, commit: head, services: Object.values(at.fleet.services) }, use),
    build: build
      ? (events) =>
          at.artifacts(environment).build({
            ...buildOrder(at, {
              services: changing,
              repository,
              before: facts.before,
              withheld: variableNames(configuration),
            }),
            events,
          })
      : null,
    events: (event) => {
      if (event.kind === "ended") onCheck(event.result);
    },
  });
}

/** What a service promises where it runs is what its verified revision does. */
const verifiedCommits = (observed: Observed): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(observed.services).flatMap(([name, { marks }]): [string, string][] =>
      marks[0] === undefined ? [] : [[name, marks[0].revision.commit]],
    ),
  );

/** Answered at once: who is refused by them need not wait for tests and builds. */
const EARLY: readonly CheckKind[] = ["rules", "ci", "working-tree", "branch"];

/**
 * Runs the checks that come before a release: first whether this commit may go there at all, then whether it is fit to.
 * @throws Refused (exit 3) with the problems of every check that did not pass; an inconclusive one has not passed.
 */
export async function runGatekeeping(order: Gatekeeping): Promise<readonly CheckRecord[]> {
  const early = await checkAll(order, EARLY);
  const { environment, facts, promotes } = order;
  const unproven = promotes ? notPromotable(facts) : notVerifiedBefore({ environment, ...facts });
  const notNow = [...refusals(early), ...unproven];
  if (notNow.length > 0) throw new Refused(notNow, 3);
  const late = await checkAll(order, LATE);
  const problems = refusals(late);
  if (problems.length > 0) throw new Refused(problems, 3);
  return [...early, ...late].map(checkRecord);
}

export type CheckRecord = Pick<CheckResult, "kind" | "service" | "verdict" | "took" | "evidence">;

/** Of a check, what a release keeps. */
export const checkRecord = ({ kind, service, verdict, took, evidence }: CheckResult): CheckRecord => ({
  kind,
  service,
  verdict,
  took,
  evidence,
});

const LATE: readonly CheckKind[] = ["test", "build", "variables", "declared", "isolation", "contract", "leaks"];

/** A plan whose artifacts do not exist is a preview: it is not carried out. */
export function expectRunnable(prepared: Prepared): void {
  if (prepared.unbuilt.length === 0) return;
  throw new Refused(
    [
      problem(
        "artifacts-missing",
        `artifacts of this plan are missing: ${prepared.unbuilt.join(", ")}`,
        "build them: plan or deploy without --preview",
      ),
    ],
    3,
  );
}
