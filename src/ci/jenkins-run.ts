import type { CiRun } from "./run.ts";
import { address, commitId, type Env, given, refName } from "./words.ts";

/** Jenkins: BRANCH_NAME, TAG_NAME and CHANGE_* in multibranch jobs, GIT_BRANCH and GIT_COMMIT by its Git plugin in all. */
export function jenkinsRun(env: Env): CiRun {
  const isChange = given(env, "CHANGE_ID") !== null;
  return {
    provider: "jenkins",
    event: isChange ? "pull-request" : "push",
    eventName: isChange ? "change request" : "build",
    ref: isChange ? null : refOf(env),
    into: isChange ? refName(given(env, "CHANGE_TARGET")) : null,
    commit: commitId(env.GIT_COMMIT),
    before: commitId(env.GIT_PREVIOUS_SUCCESSFUL_COMMIT),
    repository: null,
    api: address(given(env, "BUILD_URL")),
    run: given(env, "BUILD_NUMBER"),
    job: given(env, "JOB_NAME"),
    page: address(given(env, "BUILD_URL")),
    actor: null,
  };
}

function refOf(env: Env): CiRun["ref"] {
  const tag = refName(given(env, "TAG_NAME"));
  if (tag !== null) return { kind: "tag", name: tag };
  // The plugin names the branch as the remote's: origin/main.
  const branch = refName(given(env, "BRANCH_NAME") ?? given(env, "GIT_BRANCH")?.replace(/^[^/]+\//, "") ?? null);
  return branch === null ? null : { kind: "branch", name: branch };
}
