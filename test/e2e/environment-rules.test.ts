import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampan } from "../sampan.ts";
import { released } from "../tiny/released.ts";
import { servicesIn } from "../tiny/services-in.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
let ci: Server;
/** What the CI says of whatever commit it is asked about; null: it does not answer. */
let state: string | null = null;

const rules = (...lines: readonly string[]): void =>
  fleet.write("sampan.yaml", `${written}${lines.map((line) => `    ${line}\n`).join("")}`);
let written = "";

const deploy = (env: NodeJS.ProcessEnv = {}, ...more: readonly string[]) =>
  released(fleet, ["deploy", "staging", ...more], env);
const verified = async (): Promise<number> =>
  (await servicesIn(fleet, "staging")).filter((one) => one.verified !== null).length;

beforeAll(async () => {
  ci = createServer((request, response) => {
    const commit = /commits\/([0-9a-f]{40})\//.exec(request.url ?? "")?.[1];
    if (state === null) response.writeHead(503).end();
    else
      response.end(
        JSON.stringify({
          sha: commit,
          state,
          total_count: 1,
          statuses: [{ context: "ci / test (push)", status: state, target_url: "/shop/backend/actions/runs/1/jobs/0" }],
        }),
      );
  });
  await new Promise<void>((resolve) => ci.listen(0, "127.0.0.1", resolve));
  fleet = await tinyFleet([{ name: "auth" }]);
  const api = `http://127.0.0.1:${(ci.address() as AddressInfo).port}/api/v1`;
  written = `${fleet.read("sampan.yaml").replace("services:\n", `ci: { provider: gitea, api: "${api}", repository: shop/backend }\nservices:\n`)}`;
}, 60_000);
afterAll(async () => {
  ci.close();
  await sinkFleet(fleet);
}, 60_000);

describe("the rules of an environment", { timeout: 120_000 }, () => {
  it("refuse for all reasons at once, before anything is built", async () => {
    rules(
      'frozen: "the audit"',
      "from: ci",
      "requires: [ci]",
      'windows: [{ dates: 2000-01-01..2999-01-01, because: "always" }]',
    );
    fleet.git("checkout", "--quiet", "-b", "feature");
    fleet.commit("one", { auth: { version: "1" } });
    state = "failure";
    const { code, codes } = await deploy();
    expect(code).toBe(3);
    expect(codes).toEqual(["frozen", "window-closed", "not-from-ci", "ci-red", "wrong-branch"]);
  });

  it("are set aside by breaking the glass, but for what was proven of the commit", async () => {
    const { code, codes } = await deploy({}, "--break-glass", "payments are down");
    expect(code).toBe(3);
    expect(codes).toEqual(["ci-red", "wrong-branch"]);
    expect((await sampan(["deploy", "staging", "--break-glass", " "], { cwd: fleet.root, env: fleet.env })).code).toBe(
      2,
    );
  });

  it("take an inconclusive CI for none that is green", async () => {
    fleet.git("branch", "--force", "develop", "feature");
    fleet.git("checkout", "--quiet", "develop");
    for (const [said, code] of [
      ["pending", "ci-pending"],
      ["skipped", "ci-silent"],
      [null, "ci-not-known"],
    ] as const) {
      state = said;
      expect((await deploy({}, "--break-glass", "x")).codes).toEqual([code]);
    }
  });

  it("keep the reason with the release, and show it", async () => {
    state = "success";
    const { code, document } = await deploy({}, "--break-glass", "payments are down");
    expect({ code, status: document.status }).toEqual({ code: 0, status: "verified" });
    const ran = await sampan(["history", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(ran.json()).toMatchObject({ releases: [{ release: document.release, breakGlass: "payments are down" }] });
  });

  it("let the CI in where a person may not, from a commit on no branch", async () => {
    rules("from: ci");
    const commit = fleet.commit("two", { auth: { version: "2" } });
    expect((await deploy()).codes).toEqual(["not-from-ci"]);
    fleet.git("checkout", "--quiet", "--detach");
    const run = { GITLAB_CI: "true", CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "develop", CI_COMMIT_SHA: commit };
    expect((await deploy({ ...run, CI_COMMIT_SHA: "a".repeat(40) })).codes).toEqual(["detached-head"]);
    expect((await deploy({ ...run, CI_COMMIT_BRANCH: "feature" })).codes).toEqual(["wrong-branch"]);
    expect((await deploy(run)).document.status).toBe("verified");
    fleet.git("checkout", "--quiet", "develop");
  });
});

describe("the tests of an environment", { timeout: 120_000 }, () => {
  it("gate the verified mark: when they fail, what was verified before serves again", async () => {
    rules(
      'tests: { command: [node, -e, "fetch(process.env.SAMPAN_ENTRANCE + \\"/auth/work\\").then((r) => process.exit(r.ok ? 7 : 8))"] }',
    );
    fleet.commit("three", { auth: { version: "3" } });
    const { code, document } = await deploy();
    expect({ code, status: document.status }).toEqual({ code: 4, status: "rolled-back" });
    const gate = document.services[0]?.gates.find(({ kind }) => kind === "tests");
    expect(gate).toMatchObject({ verdict: "failed", evidence: expect.stringContaining("got exit 7") });
    const status = await sampan(["status", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(JSON.stringify(status.json())).not.toContain(fleet.git("rev-parse", "--short=7", "HEAD"));
    expect(await verified()).toBe(1);
  });

  it("let a release be verified that passes them", async () => {
    rules('tests: { command: [node, -e, "0"] }');
    fleet.commit("four", { auth: { version: "4" } });
    const { document } = await deploy();
    expect(document.status).toBe("verified");
    expect(document.services[0]?.gates.map(({ kind }) => kind)).toContain("tests");
  });
});
