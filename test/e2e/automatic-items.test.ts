import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../src/io/free-port.ts";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
let monitoring: Server;
let answers = 503;
const run = (...args: string[]) =>
  sampan(args, { cwd: fleet.root, env: { ...fleet.env, LC_ALL: "", LANG: "ru_RU.UTF-8" } });
const release = async (...args: string[]) => {
  const ran = await run(...args, "--json");
  const document = ran.json() as ReleaseDocument;
  return {
    ...{ code: ran.code, status: document.status, release: document.release ?? "", document },
    open: document.approval.filter(({ state }) => state === "open").map(({ item }) => item),
  };
};
const approve = async (name: string, ...args: string[]) => (await run("approve", name, ...args)).code;

beforeAll(async () => {
  monitoring = createServer((_, response) => response.writeHead(answers).end("secret-of-monitoring"));
  await new Promise<void>((resolve) => monitoring.listen(0, "127.0.0.1", resolve));
  fleet = await tinyFleet([{ name: "auth" }], {
    environment: `  production:
    after: staging
    approval: { checklist: checklists/production.yaml, by: [ann], rollback: true }
    target: { kind: process, hosts: [local] }
    listen: ${await freePort()}
    variables: [env/production.env]
`,
  });
  fleet.write("env/production.env", "MOTTO=real\nPASSWORD=hunter2-hunter2\n");
  fleet.write("services/auth/.env.example", "MOTTO=\nPASSWORD=\n");
  fleet.write("env/staging.env", "MOTTO=first\nPASSWORD=letmein-letmein\n");
  fleet.write(
    "checklists/production.yaml",
    `items:
  - { id: schema, automatic: migrations }
  - { id: well, automatic: health }
  - { id: way-back, automatic: rollback }
  - { id: variables, automatic: variables }
  - { id: code, automatic: branch }
  - { id: watched, automatic: { monitoring: "http://127.0.0.1:${(monitoring.address() as AddressInfo).port}/ready?token=t0k3n" } }
  - { id: backup, text: { en: Backed up, ru: Есть копия }, evidence: output }
  - { id: log, text: The log of the restoration, evidence: file }
`,
  );
  fleet.commit("one", { auth: { version: "1" } });
}, 60_000);
afterAll(async () => {
  monitoring.close();
  await sinkFleet(fleet);
}, 60_000);

/** One story: each chapter starts where the one before it ended. */
describe("a checklist that Sampan fills", { timeout: 120_000 }, () => {
  let waiting = "";

  it("is shown by a plan, in the user's language, with what was found", async () => {
    expect((await release("deploy", "staging")).status).toBe("verified");
    const planned = await run("plan", "production");
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(/✓ schema: Миграции совместимы .*\(migrations\)\n +this plan runs no migration\n/);
    expect(planned.stdout).toMatch(/✓ well: .*\n +1 instances in staging answer well\n/);
    expect(planned.stdout).toMatch(/✗ watched: Мониторинг отвечает\. \(monitoring\)\n +http:.*\/ready answered 503\n/);
    expect(planned.stdout).toMatch(/✗ backup: Есть копия\n +nobody has confirmed it\n/);
    // Of the checks a plan makes those that take no time.
    expect(planned.stdout).toMatch(/✓ variables: /);
    expect(planned.stdout).toMatch(/✗ code: .*\n +no check has looked at it: a deployment looks at it\n/);
    expect(planned.stdout).not.toMatch(/t0k3n|secret-of-monitoring/);
    expect((await run("plan", "production", "--json")).json()).toMatchObject({
      approval: [{ item: "schema", automatic: "migrations", state: "filled", by: [] }, {}, {}, {}, {}, {}, {}, {}],
    });
  });

  it("waits for what is red, which nobody's word fills", async () => {
    const first = await release("deploy", "production");
    expect([first.code, first.status, first.open]).toEqual([3, "awaiting-approval", ["watched", "backup", "log"]]);
    waiting = first.release;
    const { problems } = first.document;
    expect(problems.map(({ message }) => message)[0]).toMatch(/^watched: Мониторинг отвечает\.: http:.* answered 503$/);
    expect(problems[0]?.hint).not.toContain("sampan approve");
    expect(problems[1]?.hint).toContain("sampan approve");
    expect(await approve(waiting, "--item", "watched", "--by", "ann")).toBe(2);
  });

  it("keeps a file's hash, and what a command printed, without the environment's secrets", async () => {
    fleet.write("restore.log", "restored hunter2-hunter2\n");
    expect(await approve(waiting, "--item", "log", "--by", "ann", "--evidence", "nowhere.log")).toBe(2);
    expect(await approve(waiting, "--item", "log", "--by", "ann", "--evidence", "restore.log")).toBe(0);
    expect(await approve(waiting, "--item", "backup", "--by", "bob", "--", "touch", "forbidden")).toBe(2);
    expect(() => fleet.read("forbidden")).toThrow();
    expect(await approve(waiting, "--item", "backup", "--by", "ann", "--", "false")).toBe(2);
    const ran = await run("approve", waiting, "--item", "backup", "--by", "ann", "--json", "--", "cat", "restore.log");
    const { confirmations, missing } = ran.json() as { confirmations: { evidence: string }[]; missing: unknown[] };
    const sha256 = createHash("sha256").update("restored hunter2-hunter2\n").digest("hex");
    expect(confirmations[0]?.evidence).toBe(`restore.log (25 bytes, sha256:${sha256})`);
    expect(confirmations[1]?.evidence).toMatch(/^\$ cat restore\.log\nrestored /);
    expect(ran.stdout).not.toContain("hunter2");
    expect(missing).toEqual([{ item: "watched", why: expect.stringContaining("answered 503") }]);
    fleet.remove("restore.log");
  });

  it("goes out once it is green, and the record says by what", async () => {
    answers = 200;
    const out = await release("deploy", "production");
    expect([out.code, out.status, out.release, out.open]).toEqual([0, "verified", waiting, []]);
    const { releases } = (await run("history", "production", "--json")).json() as {
      releases: { approval: ReleaseDocument["approval"] }[];
    };
    expect(releases[0]?.approval.map(({ item, state, by }) => [item, state, by.join()])).toEqual([
      ["schema", "filled", ""],
      ["well", "filled", ""],
      ["way-back", "filled", ""],
      ["variables", "filled", ""],
      ["code", "filled", ""],
      ["watched", "filled", ""],
      ["backup", "filled", "ann"],
      ["log", "filled", "ann"],
    ]);
    expect((await run("history", "production")).stdout).toContain("(approved by ann)");
  });

  it("is looked at again right before it is carried out: what was green may be red", async () => {
    fleet.commit("two", { auth: { version: "2" } });
    await release("deploy", "staging");
    waiting = (await release("deploy", "production")).release;
    fleet.write("restore.log", "restored\n");
    expect(await approve(waiting, "--item", "backup", "--by", "ann", "--evidence", "12 tables")).toBe(0);
    const last = await run("approve", waiting, "--item", "log", "--by", "ann", "--evidence", "restore.log");
    expect(last.stdout).toContain(`${waiting} is approved: \`sampan deploy production\` carries it out\n`);
    fleet.remove("restore.log");
    const { pid } = (await (await fetch(`http://127.0.0.1:${fleet.listen}/auth/version`)).json()) as { pid: number };
    process.kill(pid, "SIGSTOP");
    const red = await release("deploy", "production").finally(() => process.kill(pid, "SIGCONT"));
    expect([red.code, red.release, red.open]).toEqual([3, waiting, ["well"]]);
    expect(red.document.problems[0]?.message).toMatch(/auth in staging: .*\/health: no whole answer within 5000 ms/);
    expect((await release("deploy", "production")).status).toBe("verified");
  });

  it("lets a rollback wait for people where the environment says so, and for nothing else", async () => {
    answers = 503;
    const back = await release("rollback", "production");
    expect([back.code, back.status, back.open]).toEqual([3, "awaiting-approval", ["rollback"]]);
    expect(await approve(back.release, "--item", "rollback", "--by", "bob")).toBe(2);
    const said = await run("approve", back.release, "--item", "rollback", "--by", "ann");
    expect(said.stdout).toContain("`sampan rollback production` carries it out");
    const done = await release("rollback", "production");
    expect([done.code, done.status, done.release]).toEqual([0, "verified", back.release]);
  });
});
