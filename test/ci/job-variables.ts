import { TOKEN } from "./answers.ts";

export type ProviderName = "github" | "gitlab" | "gitea" | "jenkins";

export type CiEvent = Readonly<
  | { kind: "push"; ref: string; before: string | null; args?: readonly string[] }
  | { kind: "pull_request"; ref: string; into: string; args?: readonly string[] }
>;

export type JobOf = Readonly<{
  api: string;
  event: CiEvent;
  commit: string;
  /** What a pull request is to be merged into. */
  base: string;
  run: number;
  /** Files of the runner: the event's payload, the page of the summary. */
  files: Readonly<{ payload: string; summary: string }>;
}>;

export const ZEROS = "0".repeat(40);

/** The variables that each provider documents for a job of such an event. */
export function jobVariables(provider: ProviderName, of: JobOf): Readonly<Record<string, string>> {
  switch (provider) {
    case "github":
      return { ...actions(of), GITHUB_API_URL: of.api, GITHUB_SERVER_URL: "https://github.com", GITHUB_TOKEN: TOKEN };
    case "gitea":
      return {
        ...actions(of),
        ...{ GITEA_ACTIONS: "true", GITHUB_API_URL: `${of.api}/api/v1`, GITHUB_SERVER_URL: of.api, GITEA_TOKEN: TOKEN },
      };
    case "gitlab":
      return gitlab(of);
    case "jenkins":
      return jenkins(of);
  }
}

const nameOf = ({ ref }: CiEvent): string => ref.replace(/^refs\/(?:heads|tags)\//, "");
const isTag = ({ ref }: CiEvent): boolean => ref.startsWith("refs/tags/");

const actions = ({ event, commit, run, files }: JobOf): Readonly<Record<string, string>> => ({
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: "shop/backend",
  GITHUB_RUN_ID: String(run),
  GITHUB_RUN_NUMBER: String(run),
  GITHUB_JOB: "sampan",
  GITHUB_SHA: commit,
  GITHUB_EVENT_PATH: files.payload,
  GITHUB_STEP_SUMMARY: files.summary,
  ...(event.kind === "push"
    ? {
        GITHUB_EVENT_NAME: "push",
        GITHUB_REF: event.ref,
        GITHUB_REF_NAME: nameOf(event),
        GITHUB_REF_TYPE: isTag(event) ? "tag" : "branch",
      }
    : {
        GITHUB_EVENT_NAME: "pull_request",
        GITHUB_REF: "refs/pull/1/merge",
        GITHUB_HEAD_REF: nameOf(event),
        GITHUB_BASE_REF: event.into,
      }),
});

const gitlab = ({ api, event, commit, base, run }: JobOf): Readonly<Record<string, string>> => ({
  GITLAB_CI: "true",
  CI_API_V4_URL: `${api}/api/v4`,
  CI_PROJECT_ID: "17",
  CI_PIPELINE_ID: String(run + 1000),
  CI_JOB_ID: String(run),
  CI_PIPELINE_URL: `https://gitlab.example/shop/backend/-/pipelines/${run + 1000}`,
  CI_COMMIT_SHA: commit,
  GITLAB_TOKEN: TOKEN,
  ...(event.kind === "push"
    ? {
        CI_PIPELINE_SOURCE: "push",
        [isTag(event) ? "CI_COMMIT_TAG" : "CI_COMMIT_BRANCH"]: nameOf(event),
        CI_COMMIT_BEFORE_SHA: event.before ?? ZEROS,
      }
    : {
        CI_PIPELINE_SOURCE: "merge_request_event",
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: event.into,
        CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
        CI_COMMIT_BEFORE_SHA: ZEROS,
      }),
});

/** A multibranch pipeline. */
const jenkins = ({ api, event, commit, run }: JobOf): Readonly<Record<string, string>> => {
  const branch = event.kind === "push" ? nameOf(event) : "PR-1";
  return {
    JENKINS_URL: `${api}/`,
    BUILD_URL: `${api}/job/shop/job/${encodeURIComponent(branch)}/${run}/`,
    BUILD_NUMBER: String(run),
    JOB_NAME: `shop/${encodeURIComponent(branch)}`,
    BRANCH_NAME: branch,
    GIT_COMMIT: commit,
    JENKINS_USER_ID: "sampan",
    JENKINS_API_TOKEN: TOKEN,
    ...(event.kind === "push"
      ? {
          ...(event.before === null ? {} : { GIT_PREVIOUS_SUCCESSFUL_COMMIT: event.before }),
          ...(isTag(event) ? { TAG_NAME: branch } : { GIT_BRANCH: `origin/${branch}` }),
        }
      : { CHANGE_ID: "1", CHANGE_TARGET: event.into, CHANGE_BRANCH: nameOf(event) }),
  };
};
