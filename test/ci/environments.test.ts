import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../src/io/free-port.ts";
import { sampan } from "../sampan.ts";
import { artifactsIn } from "../tiny/services-in.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import { codesOf, type Provider, provider, told } from "./provider.ts";

let fleet: TinyFleet;
let ci: Provider;

const head = (ref = "HEAD"): string => fleet.git("rev-parse", ref);
const approve = async (release: string | null | undefined): Promise<void> => {
  const args = ["approve", release ?? "", "--item", "told", "--by", "ann"];
  expect((await sampan(args, { cwd: fleet.root, env: fleet.env })).code).toBe(0);
};
beforeAll(async () => {
  fleet = await tinyFleet([{ name: "auth" }, { name: "blog", needs: ["auth"] }, { name: "mail" }], {
    environment: `    tag: v*
  production:
    branch: main
    tag: v*
    after: staging
    requires: [ci]
    from: ci
    approval: { checklist: checklists/production.yaml }
    target: { kind: process, hosts: [local] }
    listen: ${await freePort()}
    variables: [env/production.env]
`,
  });
  fleet.write("env/production.env", "MOTTO=real\n");
  fleet.write("checklists/production.yaml", "items:\n  - { id: told, text: Everybody knows, by: [ann] }\n");
  fleet.commit("one", { auth: { version: "1" }, blog: { version: "1" }, mail: { version: "1" } });
  ci = await provider(fleet);
  fleet.git("branch", "main");
  ci.push("develop", "main");
}, 60_000);
afterAll(async () => {
  ci.close();
  await sinkFleet(fleet);
}, 60_000);

/** One story: each chapter starts where the one before it ended. */
describe("a fleet in a CI", { timeout: 180_000 }, () => {
  it("checks what a feature branch changed, and what needs it, and deploys nothing", async () => {
    fleet.git("checkout", "--quiet", "-b", "feature/login");
    fleet.commit("two", { auth: { version: "2" } });
    ci.push("feature/login");
    const job = await ci.github({ kind: "push", ref: "refs/heads/feature/login", before: null });
    expect(told(job)).toEqual({ code: 0, decision: "check", environments: ["staging"], releases: [] });
    expect(job.document.affected).toEqual([
      { name: "auth", because: "changed" },
      { name: "blog", because: "needs" },
    ]);
    expect(job.document.checks.filter(({ kind }) => kind === "test").map(({ service }) => service)).toEqual([
      "auth",
      "blog",
    ]);
    expect(job.summary).toContain("## Sampan: passed");
    expect(existsSync(join(job.evidence, "junit.xml"))).toBe(true);
  });

  it("says beside the run what a pull request breaks", async () => {
    const yaml = fleet.read("sampan.yaml");
    fleet.git("checkout", "--quiet", "-b", "feature/broken");
    fleet.write("sampan.yaml", yaml.replace("test: [node, --version]", 'test: [node, -e, "process.exit(1)"]'));
    fleet.commit("broken", { auth: { version: "broken" } });
    ci.push("feature/broken");
    const job = await ci.github({ kind: "pull_request", ref: "refs/heads/feature/broken", into: "develop" });
    expect(told(job)).toEqual({ code: 3, decision: "check", environments: ["staging"], releases: [] });
    expect(job.ran.stderr).toMatch(/^::error title=Sampan%3A tests-failed::/m);
    expect(job.summary).toContain("## Sampan: failed");
  });

  it("deploys staging when develop is merged", async () => {
    const before = ci.merge("feature/login", "develop");
    const job = await ci.github({ kind: "push", ref: "refs/heads/develop", before });
    expect(told(job)).toEqual({
      code: 0,
      decision: "deploy",
      environments: ["staging"],
      releases: ["staging verified"],
    });
    expect(job.summary).toContain("```mermaid");
    expect(readFileSync(join(job.evidence, "sampan.env"), "utf8")).toContain("SAMPAN_STATUS=verified\n");
  });

  it("refuses production while the CI is red, or has said nothing", async () => {
    const before = ci.merge("develop", "main");
    const run = () => ci.github({ kind: "push", ref: "refs/heads/main", before });
    const silent = await run();
    expect({ code: silent.ran.code, codes: codesOf(silent) }).toEqual({ code: 3, codes: ["ci-silent"] });
    ci.judge(head(), "failure");
    const red = await run();
    expect({ code: red.ran.code, codes: codesOf(red) }).toEqual({ code: 3, codes: ["ci-red"] });
    expect(red.ran.stderr).toMatch(/^::error title=Sampan%3A ci-red::/m);
    expect(await artifactsIn(fleet, "production")).toEqual({ auth: "", blog: "", mail: "" });
  });

  it("waits for the checklist once it is green, then brings staging's own artifacts", async () => {
    ci.judge(head(), "success");
    const run = () => ci.github({ kind: "push", ref: "refs/heads/main", before: head("HEAD~1") });
    const waiting = await run();
    expect(told(waiting)).toMatchObject({ code: 3, releases: ["production awaiting-approval"] });
    expect(waiting.ran.stderr).toMatch(/^::warning title=Sampan%3A approval-missing::/m);
    await approve(waiting.document.releases[0]?.release);
    const done = await run();
    expect(told(done)).toMatchObject({ code: 0, releases: ["production verified"] });
    expect(done.document.releases[0]?.release).toBe(waiting.document.releases[0]?.release);
    expect(await artifactsIn(fleet, "production")).toEqual(await artifactsIn(fleet, "staging"));
  });

  it("takes a hot fix by its tag through staging to production", async () => {
    fleet.git("checkout", "--quiet", "-b", "hotfix", "main");
    fleet.commit("fix", { mail: { version: "1.1" } });
    fleet.git("tag", "v1.1");
    ci.push("v1.1");
    ci.judge(head(), "success");
    const run = () => ci.github({ kind: "push", ref: "refs/tags/v1.1", before: null });
    const waiting = await run();
    expect(told(waiting)).toEqual({
      code: 3,
      decision: "deploy",
      environments: ["staging", "production"],
      releases: ["staging verified", "production awaiting-approval"],
    });
    await approve(waiting.document.releases[1]?.release);
    const done = await run();
    expect(told(done)).toMatchObject({ code: 0, releases: ["staging verified", "production verified"] });
    expect(await artifactsIn(fleet, "production")).toEqual(await artifactsIn(fleet, "staging"));
  });

  it("goes back by a reverted merge, and builds nothing for it", async () => {
    fleet.git("checkout", "--quiet", "develop");
    ci.merge("hotfix", "develop");
    const reverted = head();
    fleet.git("revert", "--no-edit", "--mainline", "1", reverted);
    ci.push("develop");
    const job = await ci.gitlab({
      CI_PIPELINE_SOURCE: "push",
      CI_COMMIT_BRANCH: "develop",
      CI_COMMIT_SHA: head(),
      CI_COMMIT_BEFORE_SHA: reverted,
    });
    expect(told(job)).toMatchObject({ code: 0, decision: "deploy", releases: ["staging verified"] });
    expect(job.document.affected).toEqual([{ name: "mail", because: "changed" }]);
    expect(
      job.document.releases[0]?.services.filter(({ status }) => status !== "unchanged").map(({ name }) => name),
    ).toEqual(["mail"]);
    expect(job.ran.stderr).not.toMatch(/^… build/m);
    expect(job.ran.stderr).not.toMatch(/^::/m);
  });

  it("reaches no service by a document, and leaves a deployment to the newest commit", async () => {
    fleet.write("README.md", "# The fleet\n");
    const before = head();
    const older = fleet.commit("document", {});
    ci.push("develop");
    const job = await ci.github({ kind: "push", ref: "refs/heads/develop", before });
    expect(job.document.affected).toEqual([]);
    expect(job.document.releases[0]?.services.every(({ status }) => status === "unchanged")).toBe(true);
    fleet.commit("newer", { mail: { version: "9" } });
    fleet.git("push", "--quiet", "origin", "develop", `${older}:refs/heads/older`);
    const late = await ci.gitlab({
      CI_PIPELINE_SOURCE: "push",
      CI_COMMIT_BRANCH: "develop",
      CI_COMMIT_SHA: older,
      CI_COMMIT_BEFORE_SHA: before,
    });
    expect(told(late)).toEqual({ code: 0, decision: "nothing", environments: [], releases: [] });
    expect(late.document.decision?.why).toContain("origin/develop is 1 ahead");
  });

  it("does nothing for an event that is no push, and is told where there is no CI", async () => {
    const nothing = await ci.gitlab({
      CI_PIPELINE_SOURCE: "schedule",
      CI_COMMIT_BRANCH: "develop",
      CI_COMMIT_SHA: head(),
    });
    expect(told(nothing)).toEqual({ code: 0, decision: "nothing", environments: [], releases: [] });
    expect((await sampan(["ci"], { cwd: fleet.root, env: fleet.env })).stderr).toContain("[no-ci]");
  });

  it("is told how often, how fast and how well it was deployed to", async () => {
    const report = (...args: string[]) => sampan(["report", ...args], { cwd: fleet.root, env: fleet.env });
    expect((await report("staging", "--json")).json()).toMatchObject({
      deployments: 3,
      failed: 0,
      failureRate: 0,
      leadSeconds: expect.any(Number),
    });
    expect((await report("production", "--json")).json()).toMatchObject({ deployments: 2, weeks: { length: 4 } });
    const lines = (await report("production", "--csv")).stdout.trim().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^\d{8}-[\w-]+,deploy,verified,verified,/);
    expect((await report("production")).stdout).toMatch(/^production +deployments +a day +commit to verified/);
  });
});
