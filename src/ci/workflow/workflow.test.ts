import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fits } from "../../rules/ref-pattern.ts";
import { actionsWorkflow } from "./actions.ts";
import { gitlabJobs } from "./gitlab.ts";
import type { JobOf } from "./workflow.ts";

const jobs: readonly JobOf[] = [
  { name: "staging", branch: "develop", tag: "v*", after: null, encrypted: false, asks: false },
  { name: "production", branch: "release/*", tag: "v*", after: "staging", encrypted: true, asks: true },
  { name: "edge", branch: "c++.next", tag: null, after: null, encrypted: false, asks: false },
];
const order = { jobs, version: "1.2.3", secrets: ["SHOP_STORE_URL"] };

type Step = Readonly<{ name?: string; run?: string; uses?: string; env?: Readonly<Record<string, string>> }>;
type Job = Readonly<{
  needs?: readonly string[];
  if?: string;
  environment?: string;
  concurrency?: Readonly<Record<string, unknown>>;
  permissions: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
  steps: readonly Step[];
}>;
type Workflow = Readonly<{
  on: Readonly<Record<string, unknown>>;
  permissions: unknown;
  jobs: Readonly<Record<string, Job>>;
}>;

describe.each(["github", "gitea"] as const)("the workflow for %s", (kind) => {
  const workflow = parse(actionsWorkflow(kind, order)) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it("has a job for the checks and one for each environment, in their order", () => {
    expect(Object.entries(workflow.jobs).map(([name, { needs }]) => [name, needs ?? []])).toEqual([
      ["check", []],
      ["deploy-staging", ["check"]],
      ["deploy-production", ["check", "deploy-staging"]],
      ["deploy-edge", ["check"]],
    ]);
  });

  it("begins for what environments name, and for pull requests as somebody else's", () => {
    expect(workflow.on).toEqual({
      pull_request: null,
      workflow_dispatch: null,
      push: { branches: ["develop", "release/*", "c\\+\\+.next"], tags: ["v*"] },
    });
    expect(workflow.jobs["deploy-staging"]?.if).toBe(
      "${{ !failure() && !cancelled() && github.event_name != 'pull_request' && (github.ref == 'refs/heads/develop' || startsWith(github.ref, 'refs/tags/v')) }}",
    );
  });

  it("hands what Sampan itself needs to those that deploy, and to no check", () => {
    const given = ({ steps }: Job) => steps.flatMap(({ env }) => env?.SHOP_STORE_URL ?? []);
    expect(Object.entries(workflow.jobs).map(([name, job]) => [name, given(job)])).toEqual([
      ["check", []],
      ...jobs.map(({ name }) => [`deploy-${name}`, ["${{ secrets.SHOP_STORE_URL }}"]]),
    ]);
  });

  it("may read, and nothing else; reads the checks only where they are asked for", () => {
    expect(workflow.permissions).toEqual({});
    expect(workflow.jobs.check?.permissions).toEqual({ contents: "read" });
    expect(workflow.jobs["deploy-production"]?.permissions).toEqual({
      contents: "read",
      checks: "read",
      statuses: "read",
    });
    expect(JSON.stringify(workflow)).not.toContain("write");
  });

  it("has no expression in a script, and in variables only the runner's own", () => {
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
    const expressions = [...JSON.stringify(workflow).matchAll(/\$\{\{ (.*?) \}\}/g)].map(([, inside = ""]) => inside);
    expect(
      [...new Set(expressions.filter((inside) => !inside.includes("failure()") && inside !== "!cancelled()"))].sort(),
    ).toEqual(["github.server_url", "github.token", "secrets.SAMPAN_AGE_KEY", "secrets.SHOP_STORE_URL"]);
  });

  it("uses no action but by its digest", () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    for (const action of used) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
    expect(used).toHaveLength(kind === "github" ? 4 : 0);
  });

  it("lets runs for one environment wait, and cancels none", () => {
    for (const name of ["staging", "production", "edge"]) {
      expect(workflow.jobs[`deploy-${name}`]?.concurrency).toEqual({
        group: `sampan-${name}`,
        "cancel-in-progress": false,
      });
    }
    expect(workflow.jobs["deploy-production"]?.environment).toBe(kind === "github" ? "production" : undefined);
  });

  it("runs exactly one version of Sampan", () => {
    expect(steps.flatMap(({ run }) => (run?.includes("npx") === true ? [run] : []))).toEqual([
      "npx --yes sampan@1.2.3 ci --check",
      "npx --yes sampan@1.2.3 ci --environment staging",
      "npx --yes sampan@1.2.3 ci --environment production",
      "npx --yes sampan@1.2.3 ci --environment edge",
    ]);
  });

  it("gives each job its own secrets only", () => {
    const keys = (name: string) => workflow.jobs[name]?.steps.flatMap(({ env = {} }) => Object.keys(env)) ?? [];
    expect(keys("check")).not.toContain("SAMPAN_AGE_KEY");
    expect(keys("deploy-staging")).not.toContain("SAMPAN_AGE_KEY");
    expect(keys("deploy-production")).toContain("SAMPAN_AGE_KEY");
  });
});

describe("the jobs for GitLab", () => {
  type GitlabJob = Readonly<{
    rules: readonly Readonly<{ if: string }>[];
    needs?: unknown;
    resource_group?: string;
    environment?: string;
    script: string;
  }>;
  const document = parse(gitlabJobs(order)) as Readonly<Record<string, GitlabJob>> & Readonly<{ ".sampan": unknown }>;

  it("are one for the checks and one for each environment, which queue and are not interrupted", () => {
    expect(Object.keys(document)).toEqual([
      ".sampan",
      "sampan-check",
      "deploy-staging",
      "deploy-production",
      "deploy-edge",
    ]);
    expect(document[".sampan"]).toMatchObject({ interruptible: false, variables: { GIT_DEPTH: "0" } });
    expect(document["deploy-production"]).toMatchObject({
      resource_group: "sampan-production",
      environment: "production",
      needs: [
        { job: "sampan-check", artifacts: false },
        { job: "deploy-staging", artifacts: false, optional: true },
      ],
      script: "npx --yes sampan@1.2.3 ci --environment production",
    });
  });

  it("put no variable into a script", () => {
    for (const job of Object.values<Partial<GitlabJob>>(document as Readonly<Record<string, GitlabJob>>))
      if (typeof job.script === "string") expect(job.script).not.toContain("$");
  });

  it.each([
    "main",
    "develop",
    "develop2",
    "release/1",
    "release/1/x",
    "c++.next",
    "c+++next",
    "ccXnext",
    "v1",
    "xv1",
    "develop\nmain",
  ])("begin for %j where Sampan would deploy it", (name) => {
    for (const { name: environment, branch, tag } of jobs) {
      for (const [variable, pattern] of [
        ["$CI_COMMIT_BRANCH", branch],
        ["$CI_COMMIT_TAG", tag],
      ] as const) {
        const rule = document[`deploy-${environment}`]?.rules.find((one) => one.if.includes(variable));
        expect(rule === undefined).toBe(pattern === null);
        if (rule === undefined || pattern === null) continue;
        const source = /&& \$\w+ =~ \/(.*)\/$/.exec(rule.if)?.[1] ?? "";
        expect(new RegExp(source).test(name)).toBe(fits(pattern, name));
      }
    }
  });

  it("deploy no merge request", () => {
    for (const environment of ["staging", "production", "edge"]) {
      for (const rule of document[`deploy-${environment}`]?.rules ?? [])
        expect(rule.if).toMatch(/^\$CI_PIPELINE_SOURCE =~ \/\^\(push\|web\)\$\/ && /);
    }
  });
});
