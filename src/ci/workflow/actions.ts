import { processPrefix } from "../../variables/process-names.ts";
import { before, beginning, type JobOf, type WorkflowOrder } from "./workflow.ts";

/** Of actions/upload-artifact, version 6.0.0: the one thing that no command of git or npm can do. */
const UPLOAD = "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0";

/**
 * A workflow of GitHub Actions, or of Gitea's and Forgejo's. What others choose (branches, titles, names) is in no expression: scripts read it
 * from variables, where the shell takes it for nothing but text.
 */
export function actionsWorkflow(kind: "github" | "gitea", order: WorkflowOrder): string {
  const { jobs, version } = order;
  const branches = patterns(jobs.map(({ branch }) => branch));
  const tags = patterns(jobs.map(({ tag }) => tag));
  return [
    `# Written by \`sampan init --ci ${kind}\`; it is yours now.`,
    "# What happens is decided by `sampan ci` from sampan.yaml. Runs for one environment wait for each other, and none that works is cancelled:",
    "# a release that is cut off halfway is continued by `sampan resume`.",
    "name: sampan",
    "on:",
    "  pull_request:",
    "  workflow_dispatch:",
    "  push:",
    ...(branches.length === 0 ? [] : [`    branches: [${branches.join(", ")}]`]),
    ...(tags.length === 0 ? [] : [`    tags: [${tags.join(", ")}]`]),
    "permissions: {}",
    "jobs:",
    "  check:",
    "    runs-on: ubuntu-latest",
    "    permissions:",
    "      contents: read",
    ...credentials(),
    "    steps:",
    ...checkout(),
    ...sampan("Check what the change reaches", `npx --yes sampan@${version} ci --check`),
    ...evidence(kind, "check"),
    ...jobs.flatMap((job) => deployment(kind, job, order)),
    "",
  ].join("\n");
}

function deployment(
  kind: "github" | "gitea",
  job: JobOf,
  { jobs, version, secrets }: WorkflowOrder,
): readonly string[] {
  const earlier = before(job, jobs).map((name) => `deploy-${name}`);
  return [
    "",
    `  deploy-${job.name}:`,
    "    # A runner on the machine that the services run on, with Docker or PostgreSQL where they need them.",
    `    runs-on: [self-hosted, ${job.name}]`,
    `    needs: [${["check", ...earlier].join(", ")}]`,
    `    if: ${expression(`!failure() && !cancelled() && github.event_name != 'pull_request' && (${conditions(job)})`)}`,
    ...(kind === "github"
      ? [
          "    # Its required reviewers, if any, are asked by GitHub before the job begins; its secrets are this job's alone.",
        ]
      : ["    # Gitea knows no environments: who must agree is said by `approval` in sampan.yaml."]),
    ...(kind === "github" ? [`    environment: ${job.name}`] : []),
    "    concurrency:",
    `      group: sampan-${job.name}`,
    "      cancel-in-progress: false",
    "    permissions:",
    "      contents: read",
    ...(job.asks ? ["      checks: read", "      statuses: read"] : []),
    ...credentials(),
    "    steps:",
    ...checkout(),
    ...sampan(`Deploy to ${job.name}`, `npx --yes sampan@${version} ci --environment ${job.name}`, [
      ...secrets.map((name) => `          ${name}: ${expression(`secrets.${name}`)}`),
      ...(job.encrypted
        ? [`          SAMPAN_AGE_KEY: ${expression("secrets.SAMPAN_AGE_KEY")}`]
        : [
            "          # A variable that is in no file of the repository, one a line:",
            `          # ${processPrefix(job.name)}DATABASE_URL: ${expression("secrets.DATABASE_URL")}`,
          ]),
    ]),
    ...evidence(kind, job.name),
  ];
}

/** git asks for the token only where it belongs to; it is written nowhere, and no build or test sees these settings. */
const credentials = (): readonly string[] => [
  "    env:",
  '      GIT_CONFIG_COUNT: "1"',
  `      GIT_CONFIG_KEY_0: credential.${expression("github.server_url")}.helper`,
  "      GIT_CONFIG_VALUE_0: '!f() { echo username=x-access-token; echo \"password=$GITHUB_TOKEN\"; }; f'",
];

const checkout = (): readonly string[] => [
  "      - name: Check out the run's commit, with its history",
  "        env:",
  `          GITHUB_TOKEN: ${expression("github.token")}`,
  "        run: |",
  "          git init --quiet .",
  "          git remote remove origin 2>/dev/null || true",
  '          git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"',
  "          git fetch --quiet --force --prune origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'",
  '          git fetch --quiet origin "$GITHUB_SHA"',
  '          git checkout --quiet --force --detach "$GITHUB_SHA"',
  "          git clean --quiet --force --force -d -x",
];

const sampan = (name: string, command: string, env: readonly string[] = []): readonly string[] => [
  `      - name: ${name}`,
  "        env:",
  `          GITHUB_TOKEN: ${expression("github.token")}`,
  ...env,
  `        run: ${command}`,
];

const evidence = (kind: "github" | "gitea", name: string): readonly string[] =>
  kind === "gitea"
    ? []
    : [
        `      - uses: ${UPLOAD}`,
        `        if: ${expression("!cancelled()")}`,
        "        with:",
        `          name: sampan-${name}`,
        "          path: sampan-evidence",
        "          if-no-files-found: ignore",
      ];

function conditions({ branch, tag }: JobOf): string {
  const of = (pattern: string | null, namespace: string): readonly string[] => {
    if (pattern === null) return [];
    const { text, exact } = beginning(pattern);
    const ref = `'refs/${namespace}/${text}'`;
    return [exact ? `github.ref == ${ref}` : `startsWith(github.ref, ${ref})`];
  };
  return [...of(branch, "heads"), ...of(tag, "tags")].join(" || ");
}

/** Evaluated by the provider before anything runs; never in a script. */
const expression = (text: string): string => `\${{ ${text} }}`;

/** `*` and `**` mean there what they mean here; a plus sign does not. */
const patterns = (given: readonly (string | null)[]): readonly string[] => [
  ...new Set(given.flatMap((one) => (one === null ? [] : [`'${one.replaceAll("+", "\\+")}'`]))),
];
