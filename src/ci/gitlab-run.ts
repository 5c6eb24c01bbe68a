import type { CiRun } from "./run.ts";
import { address, commitId, digits, type Env, given, refName } from "./words.ts";

/** GitLab CI: CI_COMMIT_BRANCH is there in pipelines of branches, CI_COMMIT_TAG in those of tags, neither in those of merge requests. */
export function gitlabRun(env: Env): CiRun {
  const eventName = given(env, "CI_PIPELINE_SOURCE") ?? "";
  const event = eventOf(eventName);
  return {
    provider: "gitlab",
    event,
    eventName,
    ref: event === "push" || event === "manual" ? refOf(env) : null,
    into: event === "pull-request" ? refName(given(env, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")) : null,
    commit: commitId(env.CI_COMMIT_SHA),
    before: commitId(event === "pull-request" ? env.CI_MERGE_REQUEST_DIFF_BASE_SHA : env.CI_COMMIT_BEFORE_SHA),
    repository: digits(given(env, "CI_PROJECT_ID")),
    api: address(given(env, "CI_API_V4_URL")),
    run: digits(given(env, "CI_PIPELINE_ID")),
    job: digits(given(env, "CI_JOB_ID")),
    page: address(given(env, "CI_PIPELINE_URL")),
    actor: given(env, "GITLAB_USER_LOGIN"),
  };
}

function eventOf(source: string): CiRun["event"] {
  if (source === "push") return "push";
  if (source === "web") return "manual";
  return source === "merge_request_event" || source === "external_pull_request_event" ? "pull-request" : "other";
}

function refOf(env: Env): CiRun["ref"] {
  const tag = refName(given(env, "CI_COMMIT_TAG"));
  if (tag !== null) return { kind: "tag", name: tag };
  const branch = refName(given(env, "CI_COMMIT_BRANCH"));
  return branch === null ? null : { kind: "branch", name: branch };
}
