import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CiDocument } from "../../src/ci/report/outcome.ts";
import { type RanSampan, sampan } from "../sampan.ts";
import type { TinyFleet } from "../tiny/tiny-fleet.ts";
import { answering, TOKEN } from "./answers.ts";
import { type CiEvent, jobVariables, type ProviderName, ZEROS } from "./job-variables.ts";

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
  /** Runs `sampan ci` as a job of this provider does for this event, in a clone of its own. */
  run: (provider: ProviderName, event: CiEvent) => Promise<Job>;
  github: (event: CiEvent) => Promise<Job>;
  gitlab: (variables: Readonly<Record<string, string>>) => Promise<Job>;
  /** What the checks of a commit say from now on; a commit that nobody speaks of has none. */
  judge: (commit: string, conclusion: "success" | "failure") => void;
  push: (...refs: readonly string[]) => void;
  /** Merges a branch into another, pushes that, and says what it was at before. */
  merge: (from: string, into: string) => string;
  close: () => void;
}>;

/** What a job said that it did, and how that ended. */
export const told = ({ ran, document }: Job) => ({
  code: ran.code,
  decision: document.decision?.kind,
  environments: document.decision?.environments,
  releases: document.releases.map(({ environment, status }) => `${environment} ${status}`),
});

/** Of all its problems. */
export const codesOf = ({ document }: Job): readonly string[] =>
  [...document.problems, ...document.releases.flatMap(({ problems }) => problems)].map(({ code }) => code);

/** A bare repository, and whoever runs jobs for it: variables and answers as the four providers publish them. */
export async function provider(fleet: TinyFleet): Promise<Provider> {
  const home = join(fleet.root, "..");
  const bare = join(home, "bare.git");
  const git = (cwd: string, ...args: readonly string[]): string =>
    execFileSync("git", args, { cwd, env: fleet.env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git(home, "init", "--quiet", "--bare", bare);
  fleet.git("remote", "add", "origin", bare);
  const conclusions = new Map<string, string>();
  let number = 30_433_700;
  let current = "";
  const { api, server } = await answering({ conclusions, run: () => ({ number, commit: current }) });

  const job = async (commit: string, env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<Job> => {
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

  const run: Provider["run"] = async (name, event) => {
    number += 1;
    const commit = git(bare, "rev-parse", `${event.ref}^{commit}`);
    current = commit;
    const base = event.kind === "pull_request" ? git(bare, "rev-parse", `refs/heads/${event.into}`) : "";
    const folder = join(home, `event-${number}`);
    mkdirSync(folder);
    const files = { payload: join(folder, "event.json"), summary: join(folder, "summary.md") };
    const payload =
      event.kind === "push"
        ? { ref: event.ref, before: event.before ?? ZEROS, after: commit }
        : { pull_request: { head: { sha: commit }, base: { ref: event.into, sha: base } } };
    writeFileSync(files.payload, JSON.stringify(payload));
    return job(commit, jobVariables(name, { api, event, commit, base, run: number, files }), event.args);
  };

  const push: Provider["push"] = (...refs) => {
    fleet.git("push", "--quiet", "--force", "origin", ...refs);
  };
  return {
    run,
    push,
    merge: (from, into) => {
      fleet.git("checkout", "--quiet", into);
      const before = fleet.git("rev-parse", "HEAD");
      fleet.git("merge", "--quiet", "--no-ff", "--no-edit", from);
      push(into);
      return before;
    },
    judge: (commit, conclusion) => void conclusions.set(commit, conclusion),
    close: () => void server.close(),
    github: (event) => run("github", event),
    gitlab: (variables) => {
      number += 1;
      const own = { GITLAB_CI: "true", CI_API_V4_URL: `${api}/api/v4`, CI_PROJECT_ID: "17", GITLAB_TOKEN: TOKEN };
      return job(variables.CI_COMMIT_SHA ?? "", { ...own, CI_JOB_ID: String(number), ...variables });
    },
  };
}
