import { join } from "node:path";
import type { ArtifactState } from "../artifacts/artifacts-of.ts";
import { buildArtifacts } from "../artifacts/build-artifacts.ts";
import { buildEnvironment } from "../artifacts/worktree/build-environment.ts";
import { withWorktree } from "../artifacts/worktree/with-worktree.ts";
import { createFolderCheckCache } from "../checks/cache.ts";
import { type CheckResult, refusals } from "../checks/check.ts";
import { runChecks } from "../checks/run-checks.ts";
import type { Environment } from "../fleet/fleet.ts";
import { problem, Refused } from "../problem.ts";
import type { Facts, Prepared } from "./prepare.ts";
import { variableNames } from "./variable-names.ts";
import type { Workplace } from "./workplace.ts";

export type Gatekeeping = Readonly<{
  at: Workplace;
  environment: Environment;
  facts: Facts;
  /** Build what is missing as a check of its own; a release builds by itself. */
  build: boolean;
  onCheck: (result: CheckResult) => void;
}>;

/** Tests and builds at the same time: they are processes of their own, and there may be only two cores. */
const AT_ONCE = 2;

/** All checks for the services that would change. */
export async function checkAll({
  at,
  environment,
  facts,
  build,
  onCheck,
}: Gatekeeping): Promise<readonly CheckResult[]> {
  const { repository, configuration, changing, artifacts } = facts;
  const env = buildEnvironment(at.processEnv, variableNames(configuration));
  const { root, prefix, head } = repository;
  const workshop = { root, prefix, state: at.state, env, clock: at.clock, signal: at.signal, log: at.log };
  const states = changing.map((name) => artifacts[name]).filter((state): state is ArtifactState => state !== undefined);
  return runChecks({
    fleet: at.fleet,
    environment: environment.name,
    services: states.map(({ service, hash }) => ({ name: service, artifact: hash.artifact, folders: hash.folders })),
    repository,
    read: await at.variables(),
    cache: createFolderCheckCache(join(at.state, "checks")),
    clock: at.clock,
    signal: at.signal,
    concurrency: AT_ONCE,
    openWorktree: (use) => withWorktree({ workshop, commit: head, services: Object.values(at.fleet.services) }, use),
    build: build
      ? (events) =>
          buildArtifacts({
            fleet: at.fleet,
            services: changing,
            repository,
            state: at.state,
            env,
            clock: at.clock,
            concurrency: AT_ONCE,
            signal: at.signal,
            log: at.log,
            events,
          })
      : null,
    events: (event) => {
      if (event.kind === "ended") onCheck(event.result);
    },
  });
}

/**
 * Runs the checks that come before a release.
 * @throws Refused (exit 3) with the problems of every check that did not pass; an inconclusive one has not passed.
 */
export async function runGatekeeping(order: Gatekeeping): Promise<Readonly<Record<string, unknown>>> {
  const results = await checkAll(order);
  const problems = refusals(results);
  if (problems.length > 0) throw new Refused(problems, 3);
  return {
    checks: results.map(({ kind, service, verdict, took, evidence }) => ({ kind, service, verdict, took, evidence })),
  };
}

/** A plan whose artifacts do not exist is a preview: it is not carried out. */
export function expectRunnable(prepared: Prepared): void {
  if (prepared.runnable) return;
  throw new Refused(
    [
      problem(
        "artifacts-missing",
        "artifacts of this plan are missing",
        "build them: plan or deploy without --preview",
      ),
    ],
    3,
  );
}
