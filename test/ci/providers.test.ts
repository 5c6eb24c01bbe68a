import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../src/io/free-port.ts";
import { artifactsIn } from "../tiny/services-in.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import type { ProviderName } from "./job-variables.ts";
import { codesOf, told as decided, type Job, type Provider, provider } from "./provider.ts";

const told = (job: Job) => ({ ...decided(job), codes: codesOf(job) });

/** The same story with each of them: what it takes from its variables and its API is all that differs. One chapter starts where the one before it ended. */
describe.each(["github", "gitlab", "gitea", "jenkins"] as const)("a fleet in %s", { timeout: 120_000 }, (name) => {
  let fleet: TinyFleet;
  let ci: Provider;
  const run = (event: Parameters<Provider["run"]>[1]): Promise<Job> => ci.run(name as ProviderName, event);
  const head = (): string => fleet.git("rev-parse", "HEAD");

  beforeAll(async () => {
    fleet = await tinyFleet([{ name: "auth" }], {
      environment: `  production:
    branch: main
    after: staging
    requires: [ci]
    from: ci
    target: { kind: process, hosts: [local] }
    listen: ${await freePort()}
    variables: [env/production.env]
`,
    });
    fleet.write("env/production.env", "MOTTO=real\n");
    fleet.commit("one", { auth: { version: "1" } });
    ci = await provider(fleet);
    fleet.git("branch", "main");
    ci.push("develop", "main");
  }, 60_000);
  afterAll(async () => {
    ci.close();
    await sinkFleet(fleet);
  }, 60_000);

  it("checks a feature branch, and a request to merge it, and deploys nothing", async () => {
    fleet.git("checkout", "--quiet", "-b", "feature/login");
    fleet.commit("two", { auth: { version: "2" } });
    ci.push("feature/login");
    const pushed = await run({ kind: "push", ref: "refs/heads/feature/login", before: null });
    const asked = await run({ kind: "pull_request", ref: "refs/heads/feature/login", into: "develop" });
    for (const job of [pushed, asked]) {
      expect(told(job)).toEqual({ code: 0, decision: "check", environments: ["staging"], releases: [], codes: [] });
      expect(job.document.affected).toEqual([{ name: "auth", because: "changed" }]);
      expect(job.summary).toContain("## Sampan: passed");
      expect(existsSync(join(job.evidence, "junit.xml"))).toBe(true);
    }
    expect(pushed.document.run).toMatchObject({ provider: name, event: "push" });
  });

  it("deploys staging when develop is merged", async () => {
    const before = ci.merge("feature/login", "develop");
    const job = await run({ kind: "push", ref: "refs/heads/develop", before });
    expect(told(job)).toMatchObject({ code: 0, decision: "deploy", releases: ["staging verified"] });
    // Workflow commands are for those who read them.
    expect(/^::notice/m.test(job.ran.stderr)).toBe(name === "github" || name === "gitea");
  });

  it("refuses production while the CI is red, and brings staging's artifacts once it is green", async () => {
    const before = ci.merge("develop", "main");
    const main = () => run({ kind: "push", ref: "refs/heads/main", before });
    ci.judge(head(), "failure");
    expect(told(await main())).toMatchObject({ code: 3, releases: [], codes: ["ci-red"] });
    expect(await artifactsIn(fleet, "production")).toEqual({ auth: "" });
    ci.judge(head(), "success");
    expect(told(await main())).toMatchObject({ code: 0, decision: "deploy", releases: ["production verified"] });
    expect(await artifactsIn(fleet, "production")).toEqual(await artifactsIn(fleet, "staging"));
  });

  it("has no word for a commit that no check has passed on: then it is not green, but in Jenkins, whose build it is part of", async () => {
    fleet.git("checkout", "--quiet", "develop");
    fleet.commit("three", { auth: { version: "3" } });
    ci.push("develop");
    expect(told(await run({ kind: "push", ref: "refs/heads/develop", before: null })).code).toBe(0);
    const before = ci.merge("develop", "main");
    const job = await run({ kind: "push", ref: "refs/heads/main", before });
    if (name === "jenkins") expect(told(job)).toMatchObject({ code: 0, releases: ["production verified"] });
    else expect(told(job)).toMatchObject({ code: 3, codes: ["ci-silent"] });
  });
});
