import type { CiSpec } from "../fleet/fleet.ts";
import type { CiRun, Provider } from "./run.ts";
import type { Question } from "./statuses/status.ts";
import { type Env, given } from "./words.ts";

/** Whom to ask about a commit, and what to show him. */
export type Enquiry = Readonly<{ question: Question; headers: Readonly<Record<string, string>> }>;

type Knowing = Readonly<{
  commit: string;
  /** What the fleet file says. */
  declared: CiSpec | null;
  run: CiRun | null;
  /** Of the repository's remote, without credentials. */
  remote: string | null;
  env: Env;
}>;

/** By what the fleet file says, else by the run that this is part of, else by the remote's address. Null: nobody knows. */
export function enquiryOf({ commit, declared, run, remote, env }: Knowing): Enquiry | null {
  const own = run !== null && run.commit === commit ? run : null;
  if (declared !== null) {
    const { provider, api, repository, token } = declared;
    const ids = own?.provider === provider ? idsOf(own) : NOBODY;
    const headers = token === null ? headersOf(provider, env) : withToken(provider, given(env, token));
    return { question: { provider, api, repository, commit, ...ids }, headers };
  }
  if (run !== null && run.api !== null && (run.provider === "jenkins" ? own !== null : run.repository !== null)) {
    const { provider, api, repository } = run;
    const ids = own === null ? NOBODY : idsOf(own);
    return {
      question: { provider, api, repository: repository ?? "", commit, ...ids },
      headers: headersOf(provider, env),
    };
  }
  const [, host, path] =
    /^(?:https:\/\/|ssh:\/\/git@|git@)(github\.com|gitlab\.com)[/:](.+?)(?:\.git)?\/?$/.exec(remote ?? "") ?? [];
  if (path === undefined || !/^[\w.-]+(?:\/[\w.-]+)+$/.test(path)) return null;
  const provider = host === "github.com" ? "github" : "gitlab";
  const api = provider === "github" ? "https://api.github.com" : "https://gitlab.com/api/v4";
  return { question: { provider, api, repository: path, commit, ...NOBODY }, headers: headersOf(provider, env) };
}

const NOBODY = { run: null, job: null, event: null } as const;

const idsOf = ({ run, job, eventName }: CiRun) => ({ run, job, event: eventName });

/** By the variables that each provider's own documentation gives its tokens. */
function headersOf(provider: Provider, env: Env): Readonly<Record<string, string>> {
  const first = (...names: readonly string[]): string | null =>
    names.map((name) => given(env, name)).find((value) => value !== null) ?? null;
  switch (provider) {
    case "github":
      return withToken(provider, first("GITHUB_TOKEN", "GH_TOKEN"));
    case "gitlab":
      return withToken(provider, first("GITLAB_TOKEN"));
    case "gitea":
      return withToken(provider, first("GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"));
    case "jenkins": {
      const [user, token] = [given(env, "JENKINS_USER_ID"), given(env, "JENKINS_API_TOKEN")];
      const basic = user === null || token === null ? null : Buffer.from(`${user}:${token}`).toString("base64");
      return basic === null ? {} : { authorization: `Basic ${basic}` };
    }
  }
}

function withToken(provider: Provider, token: string | null): Readonly<Record<string, string>> {
  // A header takes one line of plain text; what is none of that is no token.
  if (token === null || !/^[!-~]{1,4000}$/.test(token)) return {};
  if (provider === "gitlab") return { "private-token": token };
  return { authorization: `${provider === "github" ? "Bearer" : "token"} ${token}` };
}
