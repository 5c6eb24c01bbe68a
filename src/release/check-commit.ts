import { join } from "node:path";
import { withRemote } from "../artifacts/git/repository.ts";
import { withWorktree } from "../artifacts/worktree/with-worktree.ts";
import { createFolderCheckCache } from "../checks/cache.ts";
import type { CheckKind, CheckResult } from "../checks/check.ts";
import { runChecks } from "../checks/run-checks.ts";
import { AT_ONCE, buildOrder } from "./artifacts-order.ts";
import { buildEnvironmentAt } from "./build-environment-at.ts";
import type { Decided } from "./ci-run.ts";
import { variablesEverywhere } from "./variables-everywhere.ts";
import type { Workplace } from "./workplace.ts";

/** What a commit shows by itself. Variables, isolation and what runs are the environment's, which a run for a pull request does not get to see. */
const OF_A_COMMIT: readonly CheckKind[] = ["working-tree", "test", "build", "declared", "contract", "leaks"];

/**
 * Checks the services that a change reaches, without any environment: their contracts against those that the change began from. Bundles are built; images are not,
 * because a build pushes them.
 */
export async function checkCommit(
  at: Workplace,
  {
    decided,
    environment,
    onCheck,
  }: Readonly<{ decided: Decided; environment: string; onCheck: (result: CheckResult) => void }>,
): Promise<readonly CheckResult[]> {
  const { checkout, affected, made, base } = decided;
  const repository = await withRemote(checkout, { fetch: null, signal: at.signal });
  const { withheld } = await variablesEverywhere(at);
  const env = buildEnvironmentAt(at, withheld);
  const { root, prefix, head } = repository;
  const workshop = { root, prefix, state: at.state, env, clock: at.clock, signal: at.signal, log: at.log };
  const names = affected.map(({ name }) => name);
  const declared = at.fleet.environments[environment];
  const kind = declared === undefined ? null : at.artifacts(declared);
  return runChecks({
    fleet: at.fleet,
    environment,
    services: names.flatMap((name) => {
      const hash = made[name];
      return hash === undefined ? [] : [{ name, artifact: hash.artifact, folders: hash.folders }];
    }),
    repository,
    kinds: OF_A_COMMIT,
    asking: { now: at.clock.now(), ci: null, breakGlass: null },
    green: async () => ({ verdict: "inconclusive", evidence: "not asked", problems: [] }),
    read: await at.variables(),
    project: (other) => at.compose(other).catch(() => null),
    resolve: at.resolve,
    running: new Map(base === null ? [] : Object.keys(at.fleet.services).map((name) => [name, base])),
    foldersOf: (name) => made[name]?.folders ?? [],
    cache: createFolderCheckCache(join(at.state, "checks")),
    clock: at.clock,
    signal: at.signal,
    concurrency: AT_ONCE,
    openWorktree: (use) => withWorktree({ workshop, commit: head, services: Object.values(at.fleet.services) }, use),
    build:
      kind?.kind !== "bundle" || names.length === 0
        ? null
        : (events) =>
            kind.build({ ...buildOrder(at, { services: names, repository, before: null, withheld }), events }),
    events: (event) => {
      if (event.kind === "ended") onCheck(event.result);
    },
  });
}
