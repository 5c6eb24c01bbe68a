import { describe, expect, it } from "vitest";
import { enquiryOf } from "./question.ts";
import type { CiRun } from "./run.ts";

const commit = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d";
const run: CiRun = {
  provider: "github",
  event: "push",
  eventName: "push",
  ref: { kind: "branch", name: "main" },
  into: null,
  commit,
  before: null,
  repository: "shop/backend",
  api: "https://api.github.com",
  run: "9",
  job: "deploy",
  page: null,
  actor: null,
};
const declared = { provider: "gitea", api: "https://git.example/api/v1", repository: "a/b", token: "MINE" } as const;
const nothing = { commit, declared: null, run: null, remote: null, env: {} };

describe("whom to ask whether the CI is green", () => {
  it("is the run's own provider, as this job of this run", () => {
    expect(enquiryOf({ ...nothing, run, env: { GITHUB_TOKEN: "t" } })).toEqual({
      question: {
        provider: "github",
        api: "https://api.github.com",
        repository: "shop/backend",
        commit,
        run: "9",
        job: "deploy",
        event: "push",
      },
      headers: { authorization: "Bearer t" },
    });
  });

  it("is asked as nobody in particular about another commit than the run's", () => {
    const other = enquiryOf({ ...nothing, commit: "b".repeat(40), run });
    expect(other?.question).toMatchObject({ commit: "b".repeat(40), run: null, job: null });
  });

  it("is what the fleet file says, before anything else, with the token that it names and no other", () => {
    const found = enquiryOf({ ...nothing, declared, run, env: { MINE: "m", GITHUB_TOKEN: "t", GITEA_TOKEN: "g" } });
    expect(found).toMatchObject({ question: { provider: "gitea", run: null }, headers: { authorization: "token m" } });
    expect(enquiryOf({ ...nothing, declared, env: { GITEA_TOKEN: "g" } })?.headers).toEqual({});
  });

  it.each([
    ["https://github.com/shop/backend.git", "github", "shop/backend"],
    ["git@github.com:shop/backend.git", "github", "shop/backend"],
    ["ssh://git@gitlab.com/group/sub/backend", "gitlab", "group/sub/backend"],
  ])("is known from the remote %s", (remote, provider, repository) => {
    expect(enquiryOf({ ...nothing, remote })?.question).toMatchObject({ provider, repository });
  });

  it.each([
    "https://github.com.evil.example/a/b",
    "https://evil.example/github.com/a/b",
    "/srv/git/backend.git",
    "https://github.com/a/b?x=y",
  ])("is not known from the remote %s", (remote) => {
    expect(enquiryOf({ ...nothing, remote })).toBeNull();
  });

  it("sends no token that would not be one line", () => {
    expect(enquiryOf({ ...nothing, run, env: { GITHUB_TOKEN: "a\r\nx-evil: 1" } })?.headers).toEqual({});
  });
});
