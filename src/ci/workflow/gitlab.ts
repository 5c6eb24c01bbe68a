import { processPrefix } from "../../variables/process-names.ts";
import { before, type JobOf, type WorkflowOrder } from "./workflow.ts";

/** Jobs of GitLab CI. Its rules read branches and tags as text; scripts name none. */
export function gitlabJobs({ jobs, version }: Omit<WorkflowOrder, "secrets">): string {
  return [
    "# Written by `sampan init --ci gitlab`; it is yours now.",
    "# What happens is decided by `sampan ci` from sampan.yaml. A resource group lets runs for one environment wait for each other; none that works is",
    "# cancelled, because no job is interruptible: a release that is cut off halfway is continued by `sampan resume`.",
    "",
    ".sampan:",
    "  interruptible: false",
    "  variables:",
    "    # All of the history: what a change reaches is found in it.",
    '    GIT_DEPTH: "0"',
    "    GIT_STRATEGY: fetch",
    "  artifacts:",
    "    when: always",
    "    paths: [sampan-evidence/]",
    "    reports:",
    "      junit: sampan-evidence/junit.xml",
    "      dotenv: sampan-evidence/sampan.env",
    "",
    "sampan-check:",
    "  extends: .sampan",
    "  stage: test",
    "  rules:",
    `    - if: $CI_PIPELINE_SOURCE == "merge_request_event"`,
    ...rules(jobs),
    `  script: npx --yes sampan@${version} ci --check`,
    ...jobs.flatMap((job) => deployment(job, { jobs, version })),
    "",
  ].join("\n");
}

function deployment(job: JobOf, { jobs, version }: Omit<WorkflowOrder, "secrets">): readonly string[] {
  return [
    "",
    `deploy-${job.name}:`,
    "  extends: .sampan",
    "  stage: deploy",
    "  # A runner on the machine that the services run on, with Docker or PostgreSQL where they need them.",
    `  tags: [${job.name}]`,
    "  needs:",
    "    - job: sampan-check",
    "      artifacts: false",
    ...before(job, jobs).flatMap((name) => [
      `    - job: deploy-${name}`,
      "      artifacts: false",
      "      optional: true",
    ]),
    "  # Who may deploy to it, and who must approve, is said where the project protects its environments; its variables are this job's alone.",
    `  environment: ${job.name}`,
    `  resource_group: sampan-${job.name}`,
    "  rules:",
    ...rules([job]),
    ...(job.asks
      ? [
          "  # Needs GITLAB_TOKEN, a project access token with the scope read_api: a job's own token may not read the commit's statuses.",
        ]
      : []),
    job.encrypted
      ? "  # Needs SAMPAN_AGE_KEY, a masked variable of this environment."
      : `  # A variable that is in no file of the repository is one of the project's, such as ${processPrefix(job.name)}DATABASE_URL, masked and of this environment.`,
    `  script: npx --yes sampan@${version} ci --environment ${job.name}`,
  ];
}

/** Pushes, and pipelines begun by hand, of these environments' branches and tags. */
function rules(jobs: readonly JobOf[]): readonly string[] {
  const of = (variable: string, patterns: readonly (string | null)[]): readonly string[] => {
    const known = [...new Set(patterns.filter((one) => one !== null))].map(expression);
    if (known.length === 0) return [];
    return [`    - if: $CI_PIPELINE_SOURCE =~ /^(push|web)$/ && ${variable} =~ /^(${known.join("|")})$/`];
  };
  return [
    ...of(
      "$CI_COMMIT_BRANCH",
      jobs.map(({ branch }) => branch),
    ),
    ...of(
      "$CI_COMMIT_TAG",
      jobs.map(({ tag }) => tag),
    ),
  ];
}

const expression = (pattern: string): string =>
  pattern
    .split(/(\*+)/)
    .map((part) => (part === "**" ? ".*" : part === "*" ? "[^\\/]*" : part.replace(/[^A-Za-z0-9_@-]/g, "\\$&")))
    .join("");
