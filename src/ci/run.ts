export type Provider = "github" | "gitlab" | "gitea" | "jenkins";

export const PROVIDER_NAME: Readonly<Record<Provider, string>> = {
  github: "GitHub Actions",
  gitlab: "GitLab CI",
  gitea: "Gitea Actions",
  jenkins: "Jenkins",
};

export type Ref = Readonly<{ kind: "branch" | "tag"; name: string }>;

/** A run of a CI that this process is part of, as its variables say. What people chose (names of branches, people) is not to be trusted. */
export type CiRun = Readonly<{
  provider: Provider;
  /** `other`: something that neither deploys nor checks, by the provider's own word in `eventName`. */
  event: "push" | "manual" | "pull-request" | "other";
  eventName: string;
  /** What was pushed; null for a pull request, or where the run says nothing that git would take for a name. */
  ref: Ref | null;
  /** Of a pull request: the branch that it is for. */
  into: string | null;
  commit: string | null;
  /** What the branch was at before, or what a pull request began from. */
  before: string | null;
  /** `owner/name`; in GitLab the project's number. */
  repository: string | null;
  /** The provider's API, without a slash at its end. */
  api: string | null;
  /** The run's id, in Gitea its number, in Jenkins the build's address. */
  run: string | null;
  /** The job of the run: its key in the workflow, in GitLab its number. */
  job: string | null;
  /** Where people see the run. */
  page: string | null;
  actor: string | null;
}>;

/** `run 17 of GitHub Actions`. */
export const runName = ({ provider, run }: Pick<CiRun, "provider" | "run">): string =>
  `${run === null ? "a run" : `run ${run}`} of ${PROVIDER_NAME[provider]}`;
