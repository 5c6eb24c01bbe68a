import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { CiDocument } from "../../src/ci/report/outcome.ts";
import { type RanSampan, sampan } from "../sampan.ts";
import type { TinyFleet } from "../tiny/tiny-fleet.ts";

export type Job = Readonly<{
  ran: RanSampan;
  document: CiDocument;
  /** What the provider would show beside the run. */
  summary: string;
  /** The folder that is kept as the run's artifact. */
  evidence: string;
  /** The clone that it ran in. */
  folder: string;
}>;

export type Provider = Readonly<{
  /** Runs `sampan ci` as a workflow of GitHub Actions does for this event, in a clone of its own. */
  github: (event: GithubEvent) => Promise<Job>;
  gitlab: (variables: Readonly<Record<string, string>>) => Promise<Job>;
  /** What the checks of a commit say from now on; a commit that nobody speaks of has none. */
  judge: (commit: string, conclusion: string) => void;
  push: (...refs: readonly string[]) => void;
  close: () => void;
}>;

type GithubEvent = Readonly<
  | { kind: "push"; ref: string; before: string | null; args?: readonly string[] }
  | { kind: "pull_request"; ref: string; into: string; args?: readonly string[] }
>;

const ZEROS = "0".repeat(40);

/** A bare repository, and whoever runs jobs for it: variables and answers as GitHub and GitLab publish them. */
export async function provider(fleet: TinyFleet): Promise<Provider> {
  const home = join(fleet.root, "..");
  const bare = join(home, "bare.git");
  const git = (cwd: string, ...args: readonly string[]): string =>
    execFileSync("git", args, { cwd, env: fleet.env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git(home, "init", "--quiet", "--bare", bare);
  fleet.git("remote", "add", "origin", bare);
  const conclusions = new Map<string, string>();
  const server = createServer((request, response) => {
    const [, commit = "", what = ""] =
      /^\/repos\/shop\/backend\/commits\/([0-9a-f]{40})\/([\w-]+)\?/.exec(request.url ?? "") ?? [];
    const conclusion = conclusions.get(commit);
    const runs =
      conclusion === undefined
        ? []
        : [
            {
              id: 4,
              head_sha: commit,
              name: "test",
              status: "completed",
              conclusion,
              details_url: "https://github.com/shop/backend/actions/runs/30433642/job/4",
            },
          ];
    const answers: Readonly<Record<string, unknown>> = {
      "check-runs": { total_count: runs.length, check_runs: runs },
      status: { state: "pending", sha: commit, total_count: 0, statuses: [] },
    };
    if (answers[what] === undefined) response.writeHead(404).end('{"message":"Not Found"}');
    else response.end(JSON.stringify(answers[what]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let number = 0;

  const job = async (commit: string, env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<Job> => {
    number += 1;
    const folder = mkdtempSync(join(home, "job-"));
    git(folder, "clone", "--quiet", bare, ".");
    git(folder, "checkout", "--quiet", "--detach", commit);
    // Secrets come from the CI, as files that are not committed.
    cpSync(join(fleet.root, "env"), join(folder, "env"), { recursive: true });
    const evidence = join(folder, "sampan-evidence");
    const ran = await sampan(["ci", "--json", ...args], { cwd: folder, env: { ...fleet.env, ...env } });
    const page = env.GITHUB_STEP_SUMMARY ?? join(evidence, "summary.md");
    const summary = existsSync(page) ? readFileSync(page, "utf8") : "";
    return { ran, document: ran.json() as CiDocument, summary, evidence, folder };
  };

  return {
    push: (...refs) => {
      fleet.git("push", "--quiet", "--force", "origin", ...refs);
    },
    judge: (commit, conclusion) => conclusions.set(commit, conclusion),
    close: () => server.close(),
    github: async (event) => {
      const commit = git(bare, "rev-parse", `${event.ref}^{commit}`);
      const files = join(home, `event-${number}`);
      rmSync(files, { recursive: true, force: true });
      mkdirSync(files);
      const base = event.kind === "pull_request" ? git(bare, "rev-parse", `refs/heads/${event.into}`) : "";
      const payload =
        event.kind === "push"
          ? { ref: event.ref, before: event.before ?? ZEROS, after: commit }
          : { pull_request: { head: { sha: commit }, base: { ref: event.into, sha: base } } };
      writeFileSync(join(files, "event.json"), JSON.stringify(payload));
      const name = event.ref.replace(/^refs\/(?:heads|tags)\//, "");
      const env = {
        GITHUB_ACTIONS: "true",
        GITHUB_API_URL: api,
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_REPOSITORY: "shop/backend",
        GITHUB_RUN_ID: String(30_433_700 + number),
        GITHUB_RUN_NUMBER: String(number),
        GITHUB_JOB: "sampan",
        GITHUB_SHA: commit,
        GITHUB_TOKEN: "ghs_forTests",
        GITHUB_EVENT_PATH: join(files, "event.json"),
        GITHUB_STEP_SUMMARY: join(files, "summary.md"),
        ...(event.kind === "push"
          ? {
              GITHUB_EVENT_NAME: "push",
              GITHUB_REF: event.ref,
              GITHUB_REF_NAME: name,
              GITHUB_REF_TYPE: event.ref.startsWith("refs/tags/") ? "tag" : "branch",
            }
          : {
              GITHUB_EVENT_NAME: "pull_request",
              GITHUB_REF: "refs/pull/1/merge",
              GITHUB_HEAD_REF: name,
              GITHUB_BASE_REF: event.into,
            }),
      };
      return job(commit, env, event.args);
    },
    gitlab: (variables) =>
      job(variables.CI_COMMIT_SHA ?? "", { GITLAB_CI: "true", CI_API_V4_URL: api, CI_PROJECT_ID: "17", ...variables }),
  };
}
