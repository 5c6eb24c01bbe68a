import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { askCi } from "./ask-ci.ts";
import type { Provider } from "./run.ts";
import type { Question } from "./statuses/status.ts";

const commit = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d";
const signal = new AbortController().signal;

let server: Server | null = null;
afterEach(() => server?.close());

type Answers = Readonly<Record<string, unknown>>;

/** A provider on loopback: by path and query, what it answers; a text as it is, anything else as JSON. */
async function provider(answers: Answers, seen: string[] = []): Promise<string> {
  const made = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization ?? request.headers["private-token"] ?? ""}`.trim());
    const answer = answers[request.url ?? ""];
    if (answer === undefined) response.writeHead(404).end();
    else response.writeHead(200).end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const question = (kind: Provider, api: string, more: Partial<Question> = {}): Question => ({
  provider: kind,
  api,
  repository: "shop/backend",
  commit,
  run: null,
  job: null,
  event: null,
  ...more,
});
const ask = async (kind: Provider, answers: Answers, more: Partial<Question> = {}) => {
  const { verdict, problems } = await askCi(question(kind, await provider(answers), more), { headers: {}, signal });
  return [verdict, ...problems.map(({ code }) => code)];
};

// As in the schemas that GitHub, GitLab, Gitea and Jenkins publish.
const RUNS = `/repos/shop/backend/commits/${commit}/check-runs?filter=latest&per_page=100&page=1`;
const STATUS = `/repos/shop/backend/commits/${commit}/status?per_page=100&page=1`;
const noStatus = { sha: commit, state: "pending", total_count: 0, statuses: [] };
const run = (
  name: string,
  status: string,
  conclusion: string | null,
  url = "https://github.com/shop/backend/actions/runs/9/job/1",
) => ({
  id: 1,
  name,
  head_sha: commit,
  status,
  conclusion,
  details_url: url,
  html_url: url,
});
const runs = (...all: readonly ReturnType<typeof run>[]) => ({ total_count: all.length, check_runs: all });

describe("GitHub", () => {
  it.each([
    ["all green", runs(run("test", "completed", "success"), run("lint", "completed", "skipped")), ["passed"]],
    ["one red", runs(run("test", "completed", "success"), run("lint", "completed", "failure")), ["failed", "ci-red"]],
    ["cancelled", runs(run("test", "completed", "cancelled")), ["failed", "ci-red"]],
    ["timed out", runs(run("test", "completed", "timed_out")), ["failed", "ci-red"]],
    ["a conclusion that nobody knows", runs(run("test", "completed", "great")), ["failed", "ci-red"]],
    [
      "one running",
      runs(run("a", "completed", "success"), run("b", "in_progress", null)),
      ["inconclusive", "ci-pending"],
    ],
    ["only skipped", runs(run("lint", "completed", "skipped")), ["inconclusive", "ci-silent"]],
    ["nothing", runs(), ["inconclusive", "ci-silent"]],
    [
      "another commit's",
      runs({ ...run("test", "completed", "success"), head_sha: "0".repeat(40) }),
      ["inconclusive", "ci-not-known"],
    ],
    ["another shape", { check_runs: "all fine" }, ["inconclusive", "ci-not-known"]],
    ["no JSON", "<html>all fine</html>", ["inconclusive", "ci-not-known"]],
  ])("%s", async (_, answer, expected) => {
    expect(await ask("github", { [RUNS]: answer, [STATUS]: noStatus })).toEqual(expected);
  });

  it("waits for nobody but others: its own job, and what comes after it in its run, say nothing", async () => {
    const all = runs(
      run("test", "completed", "success"),
      run("deploy", "in_progress", null),
      run("after", "queued", null),
    );
    const answers = { [RUNS]: all, [STATUS]: noStatus };
    expect(await ask("github", answers, { run: "9", job: "deploy" })).toEqual(["passed"]);
    expect(await ask("github", answers, { run: "8", job: "deploy" })).toEqual(["inconclusive", "ci-pending"]);
    expect(await ask("github", answers, { run: "9", job: "other" })).toEqual(["inconclusive", "ci-pending"]);
    // The same deployment, of a tag of the same commit say, waits for its turn.
    const turns = runs(run("test", "completed", "success"), run("deploy", "queued", null));
    expect(await ask("github", { [RUNS]: turns, [STATUS]: noStatus }, { run: "8", job: "deploy" })).toEqual(["passed"]);
  });

  it("hears commit statuses, too", async () => {
    const said = (state: string) => ({
      ...noStatus,
      total_count: 1,
      statuses: [{ context: "x", state, target_url: null }],
    });
    expect(await ask("github", { [RUNS]: runs(), [STATUS]: said("success") })).toEqual(["passed"]);
    expect(await ask("github", { [RUNS]: runs(), [STATUS]: said("error") })).toEqual(["failed", "ci-red"]);
  });

  it("reads every page: a red check on the second is red", async () => {
    const first = Array.from({ length: 100 }, (_, nth) => run(`t${nth}`, "completed", "success"));
    const answers = {
      [RUNS]: { total_count: 101, check_runs: first },
      [RUNS.replace(/1$/, "2")]: { total_count: 101, check_runs: [run("late", "completed", "failure")] },
      [STATUS]: noStatus,
    };
    expect(await ask("github", answers)).toEqual(["failed", "ci-red"]);
  });

  it("is not known where nobody answers, or something else than 200", async () => {
    expect(await ask("github", {})).toEqual(["inconclusive", "ci-not-known"]);
    const found = await askCi(question("github", "http://127.0.0.1:1"), { headers: {}, signal });
    expect(found).toMatchObject({ verdict: "inconclusive", problems: [{ code: "ci-not-known" }] });
  });

  it("gives its token to nobody whom it is redirected to", async () => {
    const seen: string[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.url ?? "");
      response.end("{}");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const made = createServer((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/` }).end(),
    );
    server = made;
    await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
    const api = `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
    const found = await askCi(question("github", api), { headers: { authorization: "Bearer t" }, signal });
    elsewhere.close();
    expect(found.problems[0]?.message).toContain("it answered 302");
    expect(seen).toEqual([]);
  });
});

describe("GitLab", () => {
  const PATH = `/projects/17/repository/commits/${commit}/statuses?per_page=100&page=1`;
  const job = (id: number, status: string, allow_failure = false) => ({
    id,
    sha: commit,
    ref: "main",
    status,
    name: `job ${id}`,
    allow_failure,
    target_url: null,
  });

  it.each([
    ["all green", [job(1, "success"), job(2, "success")], ["passed"]],
    ["red", [job(1, "success"), job(2, "failed")], ["failed", "ci-red"]],
    ["allowed to fail", [job(1, "success"), job(2, "failed", true)], ["passed"]],
    [
      "its own job runs, later ones wait",
      [job(1, "success"), job(5, "running"), job(6, "created"), job(7, "manual")],
      ["passed"],
    ],
    ["another runs", [job(1, "success"), job(6, "running")], ["inconclusive", "ci-pending"]],
    ["a status that nobody knows", [job(1, "success"), job(2, "splendid")], ["failed", "ci-red"]],
    ["another shape", { message: "401 Unauthorized" }, ["inconclusive", "ci-not-known"]],
  ])("%s", async (_, answer, expected) => {
    expect(await ask("gitlab", { [PATH]: answer }, { repository: "17", job: "5" })).toEqual(expected);
  });
});

describe("Gitea", () => {
  const PATH = `/repos/shop/backend/commits/${commit}/status?limit=100&page=1`;
  const said = (context: string, status: string, number = 3) => ({
    context,
    status,
    target_url: `/shop/backend/actions/runs/${number}/jobs/0`,
  });
  const own = { run: "3", job: "deploy", event: "push" };

  it.each([
    ["all green but itself", [said("ci / test (push)", "success"), said("ci / deploy (push)", "pending")], ["passed"]],
    [
      "another run's deploy, which waits for its turn",
      [said("ci / test (push)", "success"), said("ci / deploy (push)", "pending", 4)],
      ["passed"],
    ],
    [
      "another run's test",
      [said("ci / test (push)", "success"), said("ci / test (push)", "pending", 4)],
      ["inconclusive", "ci-pending"],
    ],
    [
      "another run's deploy that failed",
      [said("ci / test (push)", "success"), said("ci / deploy (push)", "failure", 4)],
      ["failed", "ci-red"],
    ],
    ["red", [said("ci / test (push)", "failure")], ["failed", "ci-red"]],
    ["nothing", [], ["inconclusive", "ci-silent"]],
  ])("%s", async (_, statuses, expected) => {
    const answer = { sha: commit, state: "pending", total_count: statuses.length, statuses };
    expect(await ask("gitea", { [PATH]: answer }, own)).toEqual(expected);
  });
});

describe("Jenkins", () => {
  const PATH = "/api/json?tree=building,result";
  it.each([
    [{ building: true, result: null }, ["passed"]],
    [{ building: true, result: "UNSTABLE" }, ["failed", "ci-red"]],
    [{ building: false, result: "SUCCESS" }, ["passed"]],
    [{ building: false, result: null }, ["failed", "ci-red"]],
    [{ result: "SUCCESS" }, ["inconclusive", "ci-not-known"]],
  ])("%j", async (answer, expected) => {
    expect(await ask("jenkins", { [PATH]: answer }, { run: "7" })).toEqual(expected);
  });
});
