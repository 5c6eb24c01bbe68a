import type { Repository } from "../artifacts/git/repository.ts";
import type { Environment } from "../fleet/fleet.ts";
import { problem } from "../problem.ts";
import { type Found, failed, inconclusive, passed } from "./check.ts";

/** Is the branch the environment's, and does it hold all that its remote holds? */
export function checkBranch(
  environment: Pick<Environment, "name" | "branch">,
  repository: Pick<Repository, "branch" | "head" | "upstream" | "remote">,
): Found {
  const { branch: wanted, name } = environment;
  const { branch, head, upstream, remote } = repository;
  const at = `${branch === null ? "detached HEAD" : `branch ${branch}`} at ${head.slice(0, 7)}`;
  if (wanted !== null && branch === null) {
    const message = `${name} is deployed from branch ${wanted}, and HEAD is on no branch`;
    return inconclusive(at, [problem("detached-head", message, `git switch ${wanted}`)]);
  }
  if (wanted !== null && branch !== wanted) {
    const message = `${name} is deployed from branch ${wanted}, not from ${branch}`;
    return failed(at, [problem("wrong-branch", message, `git switch ${wanted}, or change the environment's branch`)]);
  }
  if (remote === null) return passed(`${at}; no remote to be behind of`);
  if (remote.reached === "no") {
    const message = `Remote ${remote.name} could not be asked whether it is ahead: ${remote.why}`;
    return inconclusive(`${at}; ${remote.name} not reached`, [
      problem("remote-not-reached", message, `See that git fetch ${remote.name} works, then try again`),
    ]);
  }
  const asOf = remote.reached === "yes" ? "" : " as of the last fetch";
  if (upstream === null) return passed(`${at}; it is not at ${remote.name} yet${asOf}`);
  const difference = `${at}; ${upstream.ahead} ahead of and ${upstream.behind} behind ${upstream.name}${asOf}`;
  if (upstream.behind === 0) return passed(difference);
  const commits = upstream.behind === 1 ? "1 commit" : `${upstream.behind} commits`;
  const hint = upstream.ahead === 0 ? "git pull --ff-only" : `git pull --rebase, or merge ${upstream.name}`;
  return failed(difference, [problem("behind-remote", `${branch} is ${commits} behind ${upstream.name}`, hint)]);
}
