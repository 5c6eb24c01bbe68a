import type { CiRun } from "./run.ts";
import { address, commitId, digits, type Env, given, refName } from "./words.ts";

/** `owner/name`, of the characters that GitHub and Gitea allow. */
const REPOSITORY = /^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/;

/** GitHub Actions; Gitea and Forgejo set the same variables, and a marker of their own. `payload`: the text of the file GITHUB_EVENT_PATH. */
export function githubRun(env: Env, payload: string | null): CiRun {
  const provider = given(env, "GITEA_ACTIONS") !== null || given(env, "FORGEJO_ACTIONS") !== null ? "gitea" : "github";
  const eventName = given(env, "GITHUB_EVENT_NAME") ?? "";
  const event = eventOf(eventName);
  const said = fieldsOf(payload);
  const server = address(given(env, "GITHUB_SERVER_URL"));
  const repository = given(env, "GITHUB_REPOSITORY");
  const known = repository !== null && REPOSITORY.test(repository) ? repository : null;
  // A page of Gitea is found by the run's number, one of GitHub by its id.
  const run = digits(given(env, provider === "gitea" ? "GITHUB_RUN_NUMBER" : "GITHUB_RUN_ID"));
  return {
    provider,
    event,
    eventName,
    ref: event === "push" || event === "manual" ? refOf(env) : null,
    into: event === "pull-request" ? refName(given(env, "GITHUB_BASE_REF") ?? said.into) : null,
    commit: commitId(env.GITHUB_SHA),
    before: commitId(event === "pull-request" ? said.base : said.before),
    repository: known,
    api: address(given(env, "GITHUB_API_URL")),
    run,
    job: given(env, "GITHUB_JOB"),
    page: server === null || known === null || run === null ? null : `${server}/${known}/actions/runs/${run}`,
    actor: given(env, "GITHUB_ACTOR"),
  };
}

/** `pull_request_target` names the base branch in GITHUB_REF, and is about somebody's pull request all the same. */
function eventOf(name: string): CiRun["event"] {
  if (name === "push") return "push";
  if (name === "workflow_dispatch") return "manual";
  return /^(?:pull_request(?:_.*)?|merge_group)$/.test(name) ? "pull-request" : "other";
}

/** GITHUB_REF is whole and cannot be mistaken: a tag may be called as a branch is. */
function refOf(env: Env): CiRun["ref"] {
  const [, kind, name = null] = /^refs\/(heads|tags)\/(.+)$/s.exec(given(env, "GITHUB_REF") ?? "") ?? [];
  const usable = refName(name);
  return usable === null ? null : { kind: kind === "tags" ? "tag" : "branch", name: usable };
}

function fieldsOf(payload: string | null): Readonly<{ before: unknown; base: unknown; into: string | null }> {
  const event = parsed(payload);
  const request = record(event.pull_request);
  const base = record(request.base);
  return { before: event.before, base: base.sha, into: typeof base.ref === "string" ? base.ref : null };
}

function parsed(text: string | null): Readonly<Record<string, unknown>> {
  try {
    return record(text === null ? null : JSON.parse(text));
  } catch {
    return {};
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
