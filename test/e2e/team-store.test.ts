import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../src/io/free-port.ts";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { type Provider, provider } from "../ci/provider.ts";
import { query, testPostgres } from "../postgres.ts";
import { type RanSampan, sampan, startSampan } from "../sampan.ts";
import { type Gate, gateTo } from "../store/gate.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

const PASSWORD = "q7-of-the-team/8%K";
const postgres = testPostgres();
let direct: string;
let gate: Gate;
let fleet: TinyFleet;
let ci: Provider;
/** A clone of somebody with a state folder of their own. */
let elsewhere: string;
let others: NodeJS.ProcessEnv;
const said: string[] = [];

async function run(at: "here" | "elsewhere" | "a second clone", ...args: string[]): Promise<RanSampan> {
  const cwd = at === "here" ? fleet.root : elsewhere;
  const ran = await sampan(args, { cwd, env: at === "elsewhere" ? others : fleet.env });
  said.push(ran.stdout, ran.stderr);
  return ran;
}
const documentOf = (ran: RanSampan) => ran.json() as ReleaseDocument;
const approve = (release: string) => run("elsewhere", "approve", release, "--item", "release", "--by", "bob");

/** Until somebody has the environment. */
async function held(): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await query(direct, "select from sampan_tiny.leases")).length > 0) return;
    await sleep(25);
  }
  throw new Error("nobody took the environment");
}

beforeAll(async () => {
  direct = await postgres.database();
  await query(
    direct,
    `create role team login password '${PASSWORD}'; grant create on database ${new URL(direct).pathname.slice(1)} to team`,
  );
  const url = new URL(direct);
  url.username = "team";
  url.password = encodeURIComponent(PASSWORD);
  gate = await gateTo(url.href);
  const made = await tinyFleet([{ name: "auth" }], {
    environment: `    approval: {}\n  qa:\n    branch: develop\n    target: { kind: process, hosts: [local] }\n    listen: ${await freePort()}\n    variables: [env/qa.env]\n`,
    health: "every: 100ms, healthyFor: 1500ms, timeout: 8s",
  });
  fleet = { ...made, env: { ...made.env, SHOP_STORE: gate.url } };
  fleet.write("env/qa.env", "MOTTO=qa\n");
  fleet.write("sampan.yaml", `store: { url: SHOP_STORE }\n${fleet.read("sampan.yaml")}`);
  fleet.commit("one", { auth: { version: "1" } });
  ci = await provider(fleet);
  ci.push("develop");
  elsewhere = join(fleet.root, "..", "elsewhere");
  fleet.git("clone", "--quiet", "--branch=develop", join(fleet.root, "..", "bare.git"), elsewhere);
  cpSync(join(fleet.root, "env"), join(elsewhere, "env"), { recursive: true });
  others = { ...fleet.env, SAMPAN_HOME: join(fleet.root, "..", "their-home") };
}, 120_000);
afterAll(async () => {
  ci.close();
  await sinkFleet(fleet);
  gate.shut();
}, 60_000);

/** One story: each chapter starts where the one before it ended. */
describe("a team with one store", { timeout: 180_000 }, () => {
  let release = "";

  it("is told by doctor what its store is, and that nothing is there yet", async () => {
    const ran = await run("here", "doctor", "staging", "--json");
    const { findings } = ran.json() as { findings: { what: string; well: boolean; seen: string }[] };
    expect(findings.find(({ what }) => what === "store")).toMatchObject({
      well: true,
      seen: expect.stringMatching(
        /^PostgreSQL 18\S* at 127\.0\.0\.1:\d+\/\S+, without TLS; schema sampan_tiny: no tables yet$/,
      ),
    });
  });

  it("approves from another workplace what one of them has planned", async () => {
    const waiting = documentOf(await run("here", "deploy", "staging", "--json"));
    expect(waiting.status).toBe("awaiting-approval");
    release = waiting.release ?? "";
    expect((await approve(release)).stdout).toContain(`${release} is approved`);
    const done = documentOf(await run("here", "deploy", "staging", "--json"));
    expect(done).toMatchObject({ release, status: "verified" });
  });

  it("has one history, wherever it is asked for", async () => {
    const history = (await run("elsewhere", "history", "staging", "--json")).json() as {
      releases: { release: string; status: string }[];
    };
    expect(history.releases.map((one) => ({ release: one.release, status: one.status }))).toEqual([
      { release, status: "verified" },
    ]);
    expect((await run("elsewhere", "report", "staging")).code).toBe(0);
    expect(existsSync(join(fleet.root, "..", "their-home", "fleets", "tiny", "store.db"))).toBe(false);
  });

  it("lets one of two runs of its CI deploy, and tells the other who does, since when and what", async () => {
    const first = ci.github({ kind: "push", ref: "refs/heads/develop", before: null, args: ["--environment", "qa"] });
    await held();
    const second = await ci.github({
      kind: "push",
      ref: "refs/heads/develop",
      before: null,
      args: ["--environment", "qa"],
    });
    expect(second.ran.code).toBe(6);
    expect(second.document.problems).toEqual([
      expect.objectContaining({
        code: "environment-held",
        message: expect.stringMatching(/^qa is held by \S+@\S+ \(pid \d+\) for \d+ s: deploy \d{8}-\d{6}-\w+$/),
      }),
    ]);
    expect(second.summary).toContain("is held by");
    const { ran, document } = await first;
    expect({ code: ran.code, status: document.releases.map(({ status }) => status) }).toEqual({
      code: 0,
      status: ["verified"],
    });
    const third = await ci.github({
      kind: "push",
      ref: "refs/heads/develop",
      before: null,
      args: ["--environment", "qa"],
    });
    expect(third.ran.code).toBe(0);
    expect(await query(direct, "select count(*)::int as n from sampan_tiny.releases where environment = 'qa'")).toEqual(
      [{ n: 1 }],
    );
    said.push(ran.stdout, ran.stderr, second.ran.stdout, second.ran.stderr, second.summary);
  });

  it("goes on from another clone with what a killed deployer has left", async () => {
    fleet.commit("two", { auth: { version: "2" } });
    const started = startSampan(["deploy", "qa"], { cwd: fleet.root, env: fleet.env });
    while (!started.output().includes("✓ auth.bring")) await sleep(5);
    started.child.kill("SIGKILL");
    await started.ended;
    const status = (await run("a second clone", "status", "qa", "--json")).json() as { underWay: unknown };
    expect(status.underWay).toMatchObject({ status: "running", heldBy: null });
    const resumed = documentOf(await run("a second clone", "resume", "qa", "--json"));
    expect(resumed.status).toBe("verified");
    expect(await query(direct, "select status from sampan_tiny.releases where id = $1", [resumed.release])).toEqual([
      { status: "verified" },
    ]);
  });

  it("waits for a store that is away for a moment", async () => {
    fleet.commit("three", { auth: { version: "3" } });
    const started = startSampan(["deploy", "qa"], { cwd: fleet.root, env: fleet.env });
    while (!started.output().includes("✓ auth.bring")) await sleep(5);
    gate.shut();
    await sleep(4_000);
    await gate.open();
    const ran = await started.ended;
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(
      /^… the store at 127\.0\.0\.1:\d+\/\S+ does not answer \(.+\): waiting up to 30 s for it$/m,
    );
    said.push(ran.stdout, ran.stderr);
  });

  it("halts where it is when the store stays away, and goes on once it is back", async () => {
    fleet.commit("four", { auth: { version: "4" } });
    const started = startSampan(["deploy", "qa", "--json"], { cwd: fleet.root, env: fleet.env });
    const begun =
      "select from sampan_tiny.journal join sampan_tiny.releases on id = release where status = 'running' and record_json like '%\"done\"%'";
    while ((await query(direct, begun)).length === 0) await sleep(10);
    gate.shut();
    const ran = await started.ended;
    expect(ran.code, ran.stdout + ran.stderr).toBe(5);
    expect(documentOf(ran)).toMatchObject({
      status: "halted",
      problems: [
        { code: "store-unreachable", hint: "put that right; then `sampan resume qa` goes on, --back returns" },
      ],
    });
    const away = await run("here", "history", "qa");
    expect(away.code).toBe(3);
    expect(away.stderr).toMatch(/store-unreachable|the store at \S+ does not answer: .*ECONNREFUSED/);
    await gate.open();
    const resumed = documentOf(await run("here", "resume", "qa", "--json"));
    expect(resumed).toMatchObject({ release: documentOf(ran).release, status: "verified" });
    said.push(ran.stdout, ran.stderr);
  });

  it("shows its password nowhere", () => {
    const kept = [fleet.home, join(fleet.root, ".."), elsewhere].flatMap((root) =>
      existsSync(root)
        ? readdirSync(root, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
        : [],
    );
    for (const form of [PASSWORD, encodeURIComponent(PASSWORD), Buffer.from(PASSWORD).toString("base64")]) {
      expect(said.join("\n")).not.toContain(form);
      expect(kept.filter((file) => readFileSync(file).includes(form))).toEqual([]);
    }
    expect(said.length).toBeGreaterThan(20);
    expect(kept.length).toBeGreaterThan(50);
  });
});
