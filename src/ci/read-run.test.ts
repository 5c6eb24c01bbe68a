import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRun } from "./read-run.ts";
import { refName } from "./words.ts";

const SHA = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d";
const OLD = "0123456789012345678901234567890123456789";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sampan-ci-run-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const payload = async (event: unknown): Promise<string> => {
  const file = join(folder, `${Math.random()}.json`);
  await writeFile(file, typeof event === "string" ? event : JSON.stringify(event));
  return file;
};

const github = {
  CI: "true",
  GITHUB_ACTIONS: "true",
  GITHUB_API_URL: "https://api.github.com",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "shop/backend",
  GITHUB_SHA: SHA,
  GITHUB_RUN_ID: "1658821493",
  GITHUB_RUN_NUMBER: "3",
  GITHUB_JOB: "deploy",
  GITHUB_ACTOR: "octocat",
};

const gitlab = {
  CI: "true",
  GITLAB_CI: "true",
  CI_API_V4_URL: "https://gitlab.example/api/v4",
  CI_PROJECT_ID: "17893",
  CI_COMMIT_SHA: SHA,
  CI_COMMIT_BEFORE_SHA: OLD,
  CI_PIPELINE_ID: "1000",
  CI_PIPELINE_URL: "https://gitlab.example/shop/backend/-/pipelines/1000",
  CI_JOB_ID: "2000",
  GITLAB_USER_LOGIN: "ann",
};

describe("a run of GitHub Actions", () => {
  it("is a push to a branch, from what it was at before", async () => {
    const run = await readRun({
      ...github,
      GITHUB_EVENT_NAME: "push",
      GITHUB_REF: "refs/heads/feature/a",
      GITHUB_EVENT_PATH: await payload({ before: OLD, after: SHA }),
    });
    expect(run).toEqual({
      provider: "github",
      event: "push",
      eventName: "push",
      ref: { kind: "branch", name: "feature/a" },
      into: null,
      commit: SHA,
      before: OLD,
      repository: "shop/backend",
      api: "https://api.github.com",
      run: "1658821493",
      job: "deploy",
      page: "https://github.com/shop/backend/actions/runs/1658821493",
      actor: "octocat",
    });
  });

  it("is a tag, though a branch may be called the same", async () => {
    const run = await readRun({ ...github, GITHUB_EVENT_NAME: "push", GITHUB_REF: "refs/tags/main" });
    expect(run?.ref).toEqual({ kind: "tag", name: "main" });
  });

  it.each(["pull_request", "pull_request_target", "pull_request_review", "merge_group"])(
    "is no push for %s, whatever branch it names",
    async (name) => {
      const run = await readRun({
        ...github,
        GITHUB_EVENT_NAME: name,
        GITHUB_REF: "refs/heads/main",
        GITHUB_BASE_REF: "main",
        GITHUB_EVENT_PATH: await payload({ pull_request: { base: { sha: OLD, ref: "main" } } }),
      });
      expect(run).toMatchObject({ event: "pull-request", ref: null, into: "main", before: OLD });
    },
  );

  it.each(["workflow_run", "schedule", "issue_comment", "", "release"])("is nothing for %j", async (name) => {
    const run = await readRun({ ...github, GITHUB_EVENT_NAME: name, GITHUB_REF: "refs/heads/main" });
    expect(run).toMatchObject({ event: "other", ref: null });
  });

  it.each(["{", "null", "[]", '"text"', '{"before": 7, "pull_request": null}'])(
    "bears the payload %s",
    async (text) => {
      const run = await readRun({ ...github, GITHUB_EVENT_NAME: "push", GITHUB_EVENT_PATH: await payload(text) });
      expect(run?.before).toBeNull();
    },
  );

  it("takes nothing from a variable that is not what it should be", async () => {
    const run = await readRun({
      ...github,
      GITHUB_EVENT_NAME: "push",
      GITHUB_REF: "refs/heads/a\nb",
      GITHUB_SHA: "HEAD",
      GITHUB_REPOSITORY: "shop/backend/../../x",
      GITHUB_API_URL: "file:///etc/passwd",
      GITHUB_RUN_ID: "1 2",
    });
    expect(run).toMatchObject({ ref: null, commit: null, repository: null, api: null, run: null, page: null });
  });
});

it.each(["GITEA_ACTIONS", "FORGEJO_ACTIONS"])(
  "a run with %s is Gitea's, though GitHub's marker is there too",
  async (marker) => {
    const run = await readRun({
      ...github,
      [marker]: "true",
      GITHUB_API_URL: "https://git.example/api/v1/",
      GITHUB_SERVER_URL: "https://git.example/",
      GITHUB_EVENT_NAME: "push",
      GITHUB_REF: "refs/heads/develop",
    });
    expect(run).toMatchObject({
      provider: "gitea",
      api: "https://git.example/api/v1",
      run: "3",
      page: "https://git.example/shop/backend/actions/runs/3",
      ref: { kind: "branch", name: "develop" },
    });
  },
);

describe("a run of GitLab CI", () => {
  it("is a push to a branch", async () => {
    const run = await readRun({ ...gitlab, CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "develop" });
    expect(run).toMatchObject({
      provider: "gitlab",
      event: "push",
      ref: { kind: "branch", name: "develop" },
      before: OLD,
      repository: "17893",
      job: "2000",
    });
  });

  it("is the first push of a branch, which was at nothing before", async () => {
    const run = await readRun({
      ...gitlab,
      CI_PIPELINE_SOURCE: "push",
      CI_COMMIT_BRANCH: "x",
      CI_COMMIT_BEFORE_SHA: "0".repeat(40),
    });
    expect(run?.before).toBeNull();
  });

  it("is a tag, a merge request, something by hand, or nothing", async () => {
    const of = (more: Record<string, string>) => readRun({ ...gitlab, ...more });
    expect(await of({ CI_PIPELINE_SOURCE: "push", CI_COMMIT_TAG: "v1" })).toMatchObject({
      ref: { kind: "tag", name: "v1" },
    });
    expect(
      await of({
        CI_PIPELINE_SOURCE: "merge_request_event",
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
        CI_MERGE_REQUEST_DIFF_BASE_SHA: OLD,
        CI_COMMIT_BRANCH: "main",
      }),
    ).toMatchObject({ event: "pull-request", ref: null, into: "main", before: OLD });
    expect(await of({ CI_PIPELINE_SOURCE: "web", CI_COMMIT_BRANCH: "main" })).toMatchObject({ event: "manual" });
    expect(await of({ CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BRANCH: "main" })).toMatchObject({
      event: "other",
      ref: null,
    });
  });
});

describe("a build of Jenkins", () => {
  const jenkins = {
    JENKINS_URL: "https://ci.example/",
    BUILD_URL: "https://ci.example/job/shop/7/",
    BUILD_NUMBER: "7",
  };

  it("is of a branch, of a tag, or of a change", async () => {
    const of = (more: Record<string, string>) => readRun({ ...jenkins, GIT_COMMIT: SHA, ...more });
    expect(await of({ BRANCH_NAME: "main", GIT_PREVIOUS_SUCCESSFUL_COMMIT: OLD })).toMatchObject({
      provider: "jenkins",
      event: "push",
      ref: { kind: "branch", name: "main" },
      commit: SHA,
      before: OLD,
      api: "https://ci.example/job/shop/7",
    });
    expect(await of({ GIT_BRANCH: "origin/feature/a" })).toMatchObject({ ref: { kind: "branch", name: "feature/a" } });
    expect(await of({ BRANCH_NAME: "v1", TAG_NAME: "v1" })).toMatchObject({ ref: { kind: "tag", name: "v1" } });
    expect(await of({ BRANCH_NAME: "PR-7", CHANGE_ID: "7", CHANGE_TARGET: "main" })).toMatchObject({
      event: "pull-request",
      ref: null,
      into: "main",
    });
  });
});

it("is none where no CI says that it is there", async () => {
  expect(await readRun({ CI: "true", GITHUB_ACTIONS: "" })).toBeNull();
});

it.each([
  "",
  "-x",
  "a..b",
  "a b",
  "a\u0007",
  "a~",
  "a^",
  "a:b",
  "a?",
  "a*",
  "a[",
  "a\\",
  "/a",
  "a/",
  "a.",
  "a.lock",
  "a/.b",
  "@",
  "a@{b",
  "a//b",
])("git takes %j for no name, and neither is it one here", (name) => {
  expect(refName(name)).toBeNull();
});

it.each(["main", "feature/a-b_c", "$(touch${IFS}x)", "`id`", "a;b", "a'b", "ветка", "\u202emain", "a${{x}}"])(
  "git takes %j for a name, and so it is one",
  (name) => {
    expect(refName(name)).toBe(name);
  },
);
