import { type Found, inconclusive } from "../checks/check.ts";
import { httpRequest } from "../io/http.ts";
import { problem } from "../problem.ts";
import { greenOf } from "./green.ts";
import { PROVIDER_NAME, type Provider } from "./run.ts";
import { giteaAsks } from "./statuses/gitea.ts";
import { githubAsks } from "./statuses/github.ts";
import { gitlabAsks } from "./statuses/gitlab.ts";
import { jenkinsAsks } from "./statuses/jenkins.ts";
import type { Asked, Question, Status } from "./statuses/status.ts";

const ASKS: Readonly<Record<Provider, (question: Question, page: number) => readonly Asked[]>> = {
  github: githubAsks,
  gitlab: gitlabAsks,
  gitea: giteaAsks,
  jenkins: jenkinsAsks,
};

const PAGES = 20;
const LIMIT = 8 * 1024 * 1024;
const TIMEOUT = 15_000;

/** Asks the provider what its checks say of a commit. Whatever comes back is a verdict; rejects only with the signal's reason. */
export async function askCi(
  question: Question,
  { headers, signal }: Readonly<{ headers: Readonly<Record<string, string>>; signal: AbortSignal }>,
): Promise<Found> {
  const where = PROVIDER_NAME[question.provider];
  const asks = ASKS[question.provider];
  const statuses: Status[] = [];
  for (let nth = 0; nth < asks(question, 1).length; nth += 1) {
    for (let page = 1; ; page += 1) {
      if (page > PAGES) return unknown(where, `it has more than ${PAGES} pages of checks`);
      const asked = asks(question, page)[nth];
      if (asked === undefined) break;
      const said = await answerOf(`${question.api}${asked.path}`, { headers, signal });
      if (said.kind === "no") return unknown(where, said.why);
      const found = asked.read(said.value);
      if (found === null) return unknown(where, "its answer is not what its schema says");
      statuses.push(...found.statuses);
      if (!found.more) break;
    }
  }
  return greenOf(statuses, { commit: question.commit, where });
}

const unknown = (where: string, why: string): Found =>
  inconclusive(`${where} was asked: ${why}`, [
    problem(
      "ci-not-known",
      `${where} did not say whether the CI is green: ${why}`,
      "see that its token may read the commit's checks, then try again",
    ),
  ]);

type Said = Readonly<{ kind: "json"; value: unknown } | { kind: "no"; why: string }>;

async function answerOf(
  url: string,
  { headers, signal }: Readonly<{ headers: Readonly<Record<string, string>>; signal: AbortSignal }>,
): Promise<Said> {
  const answer = await httpRequest({
    url,
    method: "GET",
    headers: { accept: "application/json", "user-agent": "sampan", ...headers },
    timeout: TIMEOUT,
    limit: LIMIT,
    signal,
  });
  if (answer.kind === "none") return { kind: "no", why: answer.message };
  if (answer.status !== 200) return { kind: "no", why: `it answered ${answer.status}` };
  try {
    return { kind: "json", value: JSON.parse(answer.body.toString("utf8")) };
  } catch {
    return { kind: "no", why: "its answer is no JSON" };
  }
}
