import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the provider's API knows: what the checks of a commit came to, and the run that asks. */
export type Known = Readonly<{
  /** `success` or `failure`, by commit; a commit that nobody speaks of has no checks but the asking job's own. */
  conclusions: ReadonlyMap<string, string>;
  run: () => Readonly<{ number: number; commit: string }>;
}>;

export const TOKEN = "forTests-0123456789";

type Answer = Readonly<{ takes: (request: IncomingMessage) => boolean; of: (path: RegExpExecArray) => unknown }>;

/** An API as GitHub, GitLab, Gitea and Jenkins publish theirs, each to who shows its kind of token; the job that asks is among what runs. */
export async function answering(known: Known): Promise<Readonly<{ api: string; server: Server }>> {
  const server = createServer((request, response) => {
    for (const [path, { takes, of }] of ANSWERS(known)) {
      const found = path.exec(request.url ?? "");
      if (found === null) continue;
      if (!takes(request)) response.writeHead(401).end('{"message":"401 Unauthorized"}');
      else response.end(JSON.stringify(of(found)));
      return;
    }
    response.writeHead(404).end('{"message":"Not Found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const shows = (name: string, value: string) => (request: IncomingMessage) => request.headers[name] === value;

const ANSWERS = ({ conclusions, run }: Known): readonly (readonly [RegExp, Answer])[] => {
  const said = (commit = ""): string | undefined => conclusions.get(commit);
  const github = shows("authorization", `Bearer ${TOKEN}`);
  return [
    [
      /^\/repos\/shop\/backend\/commits\/([0-9a-f]{40})\/check-runs\?/,
      {
        takes: github,
        of: ([, commit = ""]) => {
          const page = "https://github.com/shop/backend/actions/runs";
          const own = {
            id: 5,
            name: "sampan",
            status: "in_progress",
            conclusion: null,
            details_url: `${page}/${run().number}/job/5`,
          };
          const test = {
            id: 4,
            name: "test",
            status: "completed",
            conclusion: said(commit),
            details_url: `${page}/30433642/job/4`,
          };
          const runs = [own, ...(said(commit) === undefined ? [] : [test])].map((one) => ({
            ...one,
            head_sha: commit,
          }));
          return { total_count: runs.length, check_runs: runs };
        },
      },
    ],
    [
      /^\/repos\/shop\/backend\/commits\/([0-9a-f]{40})\/status\?/,
      { takes: github, of: ([, commit]) => ({ state: "pending", sha: commit, total_count: 0, statuses: [] }) },
    ],
    [
      /^\/api\/v4\/projects\/17\/repository\/commits\/([0-9a-f]{40})\/statuses\?/,
      {
        takes: shows("private-token", TOKEN),
        of: ([, commit = ""]) => {
          const conclusion = said(commit);
          const own = { id: run().number, status: "running", name: "sampan" };
          const test = { id: 4, status: conclusion === "success" ? "success" : "failed", name: "test" };
          return [own, ...(conclusion === undefined ? [] : [test])].map((one) => ({
            ...{ ...one, sha: commit, ref: "main", allow_failure: false, description: null, coverage: null },
            target_url: `https://gitlab.example/shop/backend/-/jobs/${one.id}`,
          }));
        },
      },
    ],
    [
      /^\/api\/v1\/repos\/shop\/backend\/commits\/([0-9a-f]{40})\/status\?/,
      {
        takes: shows("authorization", `token ${TOKEN}`),
        of: ([, commit = ""]) => {
          const conclusion = said(commit);
          const own = { id: 2, context: "sampan.yaml / sampan (push)", status: "pending" };
          const test = { id: 1, context: "test.yaml / test (push)", status: conclusion };
          const statuses = [own, ...(conclusion === undefined ? [] : [test])].map((one) => ({
            ...{ ...one, description: "", url: "" },
            target_url: `/shop/backend/actions/runs/${run().number}/jobs/0`,
          }));
          return { state: "pending", sha: commit, total_count: statuses.length, statuses };
        },
      },
    ],
    [
      /^\/job\/shop\/job\/[\w%-]+\/\d+\/api\/json\?tree=building,result$/,
      {
        takes: shows("authorization", `Basic ${Buffer.from(`sampan:${TOKEN}`).toString("base64")}`),
        // A build that runs has no result, unless a stage before has set one.
        of: () => ({
          _class: "org.jenkinsci.plugins.workflow.job.WorkflowRun",
          building: true,
          result: said(run().commit) === "failure" ? "FAILURE" : null,
        }),
      },
    ],
  ];
};
