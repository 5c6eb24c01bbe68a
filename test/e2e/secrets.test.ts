import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretForms } from "../../src/variables/secret-forms.ts";
import { type MailBox, mailBox } from "../mail/mail-box.ts";
import { sampan, startSampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

/** Values that a leak would show, in shapes that masks and parsers get wrong. */
const CANARIES = {
  API_TOKEN: "kanarie$(id)'\"\\u00e9-4f9a2c7e",
  BROKER_URL: "amqp://ship:Kanarie%2Fp%40ss-77d1@broker.example/staging",
  SIGNING_KEY: Buffer.from("kanarie signing key 0123456789").toString("base64"),
} as const;

/** What Sampan itself needs to tell people and to ask the CI; no service's business, and nobody else's. */
const OWN = { HOOK: "kanarie-hook-51c7e0", GITHUB_TOKEN: "ghs_kanarie77d1f2c0", SMTP: "kanarie-smtp/0c9d2e" } as const;

let fleet: TinyFleet;
/** Hears of releases; whatever it is told stands in `printed`. */
let hook: Server;
let printed = "";
/** Hears of them, too. */
let mails: MailBox;
const run = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
  const ran = await sampan(args, { cwd: fleet.root, env: { ...fleet.env, ...env } });
  printed += `${ran.stdout}\n${ran.stderr}\n`;
  return ran;
};

/** As a job of a CI that deploys what is pushed. What it keeps and shows stands below the fleet's home. */
const runInCi = (): Promise<number | null> => {
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF: "refs/heads/develop",
    GITHUB_SHA: fleet.git("rev-parse", "HEAD"),
    GITHUB_STEP_SUMMARY: join(fleet.home, "summary.md"),
    GITHUB_TOKEN: OWN.GITHUB_TOKEN,
    HOOK: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/${OWN.HOOK}`,
    SMTP: `smtp://ship:${encodeURIComponent(OWN.SMTP)}@127.0.0.1:${mails.port}`,
  };
  return run(env, "ci", "--evidence", join(fleet.home, "evidence")).then(({ code }) => code);
};

beforeAll(async () => {
  hook = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    request.on("end", () => response.end("ok"));
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  mails = await mailBox({ password: OWN.SMTP });
  fleet = await tinyFleet([{ name: "auth" }, { name: "blog", needs: ["auth"] }]);
  const declared = `MOTTO=\n${Object.keys(CANARIES)
    .map((name) => `${name}=\n`)
    .join("")}`;
  for (const name of ["auth", "blog"]) fleet.write(`services/${name}/.env.example`, declared);
  const quoted = (value: string) => (value.includes("'") ? `\`${value}\`` : `'${value}'`);
  fleet.write(
    "env/staging.env",
    `MOTTO=first\n${Object.entries(CANARIES)
      .map(([name, value]) => `${name}=${quoted(value)}\n`)
      .join("")}`,
  );
  fleet.write(
    "sampan.yaml",
    `${fleet.read("sampan.yaml")}notify:\n  - slack: HOOK\n  - email: { to: [ops@shop.example], from: sampan@shop.example, smtp: SMTP }\n`,
  );
  fleet.commit("one", { auth: { version: "1" }, blog: { version: "1" } });
}, 60_000);
afterAll(async () => {
  hook.close();
  await mails.close();
  await sinkFleet(fleet);
}, 60_000);

const password = "Kanarie/p@ss-77d1";
const needles: readonly string[] = [...Object.values(CANARIES), ...Object.values(OWN), password]
  .flatMap((value) => [...secretForms(value)])
  .filter((form) => form.length >= 8);
/** A letter as it is read: lines that were folded on their way are whole again. */
const unfolded = (raw: string): string =>
  Buffer.from(
    raw
      .replace(/\r\n[ \t]/g, " ")
      .replace(/=\r\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");
const leaks = (text: string): readonly string[] => needles.filter((needle) => text.includes(needle));

/** Everything that Sampan keeps, but for its secret channel and for what the instances themselves wrote. */
function keptFiles(): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const name = relative(fleet.home, path);
      if (/^agent\/(variables|instances)(\/|$)/.test(name)) continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  walk(fleet.home);
  return found;
}

const leakingFiles = (): readonly string[] =>
  keptFiles().filter(
    (file) => leaks(readFileSync(file, "latin1")).length > 0 || leaks(readFileSync(file, "utf8")).length > 0,
  );

/** What every user of this machine may read of every process. */
const commandLines = (): string =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    })
    .join("\n");

describe("secret values", { timeout: 120_000 }, () => {
  it("reach the instances and nobody else", async () => {
    const deploying = startSampan(["deploy", "staging", "--verbose"], { cwd: fleet.root, env: fleet.env });
    const seen: string[] = [];
    let running = true;
    const watched = (async () => {
      while (running) {
        seen.push(...leaks(commandLines()));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const ended = await deploying.ended;
    running = false;
    await watched;
    printed += ended.stdout + ended.stderr;
    expect(ended.code).toBe(0);
    expect(seen).toEqual([]);
    const pid = Number(
      (await run({}, "status", "staging", "--json")).stdout.match(/"id"/) === null ? 0 : instancePid(),
    );
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toContain(`API_TOKEN=${CANARIES.API_TOKEN}`);
  });

  it("are masked in what a failing service says", async () => {
    fleet.write(
      "services/blog/server.mjs",
      readFileSync(join(fleet.root, "services/auth/server.mjs"), "utf8")
        .replace('msg: "listening"', 'msg: "listening", all: Object.values(process.env).join(" ")')
        .replace(
          "msg: behaviour.logs",
          "msg: behaviour.logs + process.env.API_TOKEN, url: process.env.BROKER_URL, key: process.env.SIGNING_KEY",
        ),
    );
    fleet.commit("talkative", { blog: { version: "2", logs: "cannot sign in with " } });
    expect((await run({}, "deploy", "staging", "--json")).code).toBe(4);
    fleet.write(
      "services/blog/server.mjs",
      readFileSync(join(fleet.root, "services/auth/server.mjs"), "utf8").replace(
        "work: true",
        "work: true, ...process.env",
      ),
    );
    fleet.commit("chatty", { blog: { version: "3", work: 500 } });
    expect(await runInCi()).toBe(4);
    expect(mails.letters).toHaveLength(2);
    printed += mails.letters.map(({ raw }) => unfolded(raw)).join("\n");
    expect(printed).toContain("cannot sign in with");
    // In a message, beside the run, and in the folder that is kept of it, too.
    expect(printed).toContain('{"text":"tiny staging: deploy failed and was thrown back');
    expect(printed).toMatch(/^Subject: tiny staging: deploy failed and was thrown back/m);
    expect(mails.letters.map(({ raw }) => unfolded(raw)).join("\n")).toContain("blog.smoke: ");
    expect(printed).toMatch(/^::error title=Sampan%3A gate-failed::.*‹masked:API_TOKEN›/m);
    for (const name of ["summary.md", "evidence/ci.json"])
      expect(readFileSync(join(fleet.home, name), "utf8")).toContain("‹masked");
    await run({}, "logs", "staging", "auth");
  });

  it("are in no output and in no file of Sampan's but the secret channel", async () => {
    for (const args of [
      ["status"],
      ["status", "staging", "--json"],
      ["history", "staging", "--json"],
      ["plan", "staging", "--json"],
      ["doctor", "staging"],
      ["check", "staging", "--json"],
      ["agent", "status", "--json"],
    ])
      await run({}, ...args);
    expect(leaks(printed)).toEqual([]);
    expect(keptFiles().length).toBeGreaterThan(10);
    expect(leakingFiles()).toEqual([]);
  });

  it("would be found if they were", () => {
    for (const form of needles) {
      const file = join(fleet.home, "planted.txt");
      writeFileSync(file, `before ${form} after`);
      expect(leakingFiles()).toContain(file);
      writeFileSync(file, "");
    }
    expect(leaks(`ps shows --token ${CANARIES.API_TOKEN}`)).not.toEqual([]);
  });

  it("are readable by their owner only", () => {
    const folder = join(fleet.home, "agent", "variables");
    const files: string[] = [];
    const walk = (at: string): void => {
      for (const entry of readdirSync(at, { withFileTypes: true })) {
        const path = join(at, entry.name);
        expect(statSync(path).mode & 0o077).toBe(0);
        if (entry.isDirectory()) walk(path);
        else files.push(path);
      }
    };
    walk(folder);
    expect(files.length).toBeGreaterThan(0);
  });
});

/** A process of this fleet's that carries the variables. */
function instancePid(): number {
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const environ = readFileSync(`/proc/${name}/environ`, "utf8");
      if (
        // Another test's fleet may be called so as well.
        environ.includes(`HOME=${fleet.env.HOME}\0`) &&
        environ.includes("SAMPAN_FLEET=tiny") &&
        environ.includes("SAMPAN_SERVICE=blog") &&
        readFileSync(`/proc/${name}/cmdline`, "utf8").includes("server.mjs")
      )
        return Number(name);
    } catch {
      // Gone meanwhile, or not ours to read.
    }
  }
  return 0;
}
