import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../src/io/free-port.ts";
import { type RanSampan, sampan } from "../sampan.ts";
import { released } from "../tiny/released.ts";
import { artifactsIn } from "../tiny/services-in.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
const run = async (...args: string[]) => {
  const { code, document } = await released(fleet, args);
  const problems = document.problems.map(({ code: problem, message }) => [problem, message.split(":")[0]]);
  return { code, status: document.status, problems, document };
};

beforeAll(async () => {
  fleet = await tinyFleet([{ name: "auth" }, { name: "blog", needs: ["auth"] }], {
    environment: `  production:
    after: staging
    target: { kind: process, hosts: [local] }
    listen: ${await freePort()}
    variables: [env/production.env]
`,
  });
  fleet.write("env/production.env", "MOTTO=real\n");
  fleet.commit("one", { auth: { version: "1" }, blog: { version: "1" } });
}, 60_000);
afterAll(async () => {
  await sinkFleet(fleet);
}, 60_000);

const afterOf = (ran: RanSampan): unknown => {
  const { checks } = ran.json() as { checks: readonly { kind: string; verdict: string; evidence: string }[] };
  const found = checks.find(({ kind }) => kind === "after");
  return found === undefined ? null : { verdict: found.verdict, evidence: found.evidence };
};

/** One story: each chapter starts where the one before it ended. */
describe("promotion", { timeout: 120_000 }, () => {
  it("refuses by name what was verified nowhere, and builds nothing", async () => {
    const { code, problems } = await run("promote", "staging", "production");
    expect({ code, problems }).toEqual({
      code: 3,
      problems: [
        ["not-verified-before", "auth"],
        ["not-verified-before", "blog"],
      ],
    });
    const checked = await sampan(["check", "production", "--json"], { cwd: fleet.root, env: fleet.env });
    expect({ code: checked.code, after: afterOf(checked) }).toEqual({
      code: 3,
      after: { verdict: "failed", evidence: "0 of 2 that change were verified in staging" },
    });
    expect(checked.stderr).not.toContain("check build");
  });

  it("brings the very artifacts that were verified, with variables of their own", async () => {
    expect((await run("deploy", "staging")).status).toBe("verified");
    const checked = await sampan(["check", "production", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(checked).toMatchObject({ code: 0 });
    expect(afterOf(checked)).toMatchObject({ verdict: "passed" });
    const promoted = await run("promote", "staging", "production");
    expect({ code: promoted.code, status: promoted.status }).toEqual({ code: 0, status: "verified" });
    expect(await artifactsIn(fleet, "production")).toEqual(await artifactsIn(fleet, "staging"));
    const history = await sampan(["history", "production", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(history.json()).toMatchObject({ releases: [{ kind: "promote", status: "verified" }] });
  });

  it("refuses by name what is older than what was verified last, and lets the rest be promoted", async () => {
    fleet.commit("two", { auth: { version: "2" } });
    await run("deploy", "staging");
    fleet.commit("three", { auth: { version: "3" }, blog: { version: "3" } });
    await run("deploy", "staging", "auth");
    fleet.git("checkout", "--quiet", "HEAD~1");
    const older = await run("promote", "staging", "production");
    expect(older.problems).toEqual([["older-than-verified", "auth"]]);
    fleet.git("checkout", "--quiet", "develop");
    const mixed = await run("promote", "staging", "production");
    expect(mixed.problems).toEqual([["not-verified-before", "blog"]]);
    const { status, document } = await run("promote", "staging", "production", "auth");
    expect(status).toBe("verified");
    expect(document.services.map(({ name, status: how }) => [name, how])).toEqual([["auth", "verified"]]);
  });

  it("refuses what makes no sense before it looks anywhere", async () => {
    expect(await run("promote", "staging", "staging")).toMatchObject({
      code: 2,
      problems: [["same-environment", expect.anything()]],
    });
    expect((await run("promote", "staging", "nowhere")).code).toBe(2);
  });
});
