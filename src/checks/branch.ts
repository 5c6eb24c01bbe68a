import type { Repository } from "../artifacts/git/repository.ts";
import type { Environment } from "../fleet/fleet.ts";
import { problem } from "../problem.ts";
import { fits } from "../rules/ref-pattern.ts";
import { type Found, failed, inconclusive, passed } from "./check.ts";

/** Is the branch, or a tag of the commit, the environment's; and does the branch hold all that its remote holds? */
export function checkBranch(
  environment: Pick<Environment, "name" | "branch" | "tag">,
  repository: Pick<Repository, "branch" | "head" | "upstream" | "remote" | "tags">,
): Found {
  const { branch: wanted, tag: pattern, name } = environment;
  const { branch, head, upstream, remote, tags } = repository;
  const tag = pattern === null ? undefined : tags.find((one) => fits(pattern, one));
  // A tag stays where it is: there is nothing that it could be behind of.
  if (tag !== undefined) return passed(`tag ${tag} at ${head.slice(0, 7)}`);
  const at = `${branch === null ? "detached HEAD" : `branch ${branch}`} at ${head.slice(0, 7)}`;
  const from = [
    ...(wanted === null ? [] : [`branch ${wanted}`]),
    ...(pattern === null ? [] : [`a tag ${pattern}`]),
  ].join(" or ");
  if (from !== "" && branch === null) {
    const message = `${name} is deployed from ${from}, and HEAD is on no branch`;
    const hint = wanted === null ? `git switch --detach a tag ${pattern}` : `git switch ${wanted}`;
    return inconclusive(at, [problem("detached-head", message, hint)]);
  }
  if (from !== "" && (wanted === null || branch === null || !fits(wanted, branch))) {
    const message = `${name} is deployed from ${from}, not from ${branch}`;
    const hint = wanted === null ? `tag the commit ${pattern}` : `git switch ${wanted}`;
    return failed(at, [problem("wrong-branch", message, `${hint}, or change the environment's rule`)]);
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
