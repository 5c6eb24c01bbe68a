import { spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, relative } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Canary, dotenvOf, SHAPES, searcherFor, talkative } from "../canaries.ts";
import { noHaproxy } from "../haproxy.ts";
import { type MailBox, mailBox } from "../mail/mail-box.ts";
import { processesOf } from "../outside/processes.ts";
import { query, testPostgres } from "../postgres.ts";
import { sampan, startSampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

/** By where each variable's value comes from. */
const FROM_AGE = ["PRIVATE_KEY", "SERVICE_KEY", "CYRILLIC_PASSWORD"];
const FROM_CI = ["HEX_KEY", "OPTION_TOKEN"];
const FROM_VAULT = ["SIGNING_KEY", "WORKFLOW_TOKEN"];
const NAMES = Object.keys(SHAPES);

/** What Sampan itself is given, to tell people, to ask the CI and to open files: no service's business. */
const OWN: Record<string, Canary> = {
  HOOK: { value: "kanarie-hook-51c7e0", parts: [] },
  BOT: { value: "77001:kanarie-bot_0c9d2e", parts: [] },
  STORE: { value: "kanarie-store-5e0d71", parts: [] },
  GITHUB_TOKEN: { value: "ghs_kanarie77d1f2c0", parts: [] },
  SMTP: { value: "kanarie-smtp/0c9d2e", parts: [] },
};
/** A value that nobody called a secret: it goes wherever what services say goes, and shows that the search would find it there. */
const PLANTED: Record<string, Canary> = { MOTTO: { value: "kanarie nobody hides 3e1f", parts: [] } };
const MOTTO = "kanarie nobody hides 3e1f";

let fleet: TinyFleet;
let server: Server;
let mails: MailBox;
let top: string;
const heard = { slack: "", telegram: "" };
const said = { stdout: "", stderr: "", json: "", annotations: "", logs: "", csv: "" };
/** Command lines of all processes while a release went on. */
const commandLines = new Set<string>();
let leaks: (text: string) => readonly string[];
const planted = searcherFor(PLANTED);

const canary = (name: string): string => SHAPES[name]?.value ?? "";
const own = (name: string): string => OWN[name]?.value ?? "";

async function run(args: readonly string[], more: NodeJS.ProcessEnv = {}, input?: string) {
  const ran = await sampan(args, {
    cwd: fleet.root,
    env: { ...fleet.env, ...more },
    ...(input === undefined ? {} : { input }),
  });
  said.stderr += ran.stderr;
  if (args.includes("--json")) said.json += ran.stdout;
  else if (args.includes("--csv")) said.csv += ran.stdout;
  else if (args[0] === "logs") said.logs += ran.stdout;
  else {
    const lines = ran.stdout.split("\n");
    said.annotations += lines.filter((line) => line.startsWith("::")).join("\n");
    said.stdout += lines.filter((line) => !line.startsWith("::")).join("\n");
  }
  return ran;
}

const addressOf = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

/** As jobs of two CIs that deploy what is pushed. */
const inGitHub = () => ({
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: "push",
  GITHUB_REF: "refs/heads/develop",
  GITHUB_SHA: fleet.git("rev-parse", "HEAD"),
  GITHUB_STEP_SUMMARY: join(top, "summary.md"),
});
const inGitLab = () => ({
  GITLAB_CI: "true",
  CI_PIPELINE_SOURCE: "push",
  CI_COMMIT_BRANCH: "develop",
  CI_COMMIT_SHA: fleet.git("rev-parse", "HEAD"),
});

/** What its files say, those of folders too. */
function textOf(path: string, wanted: (name: string) => boolean = () => true): string {
  const found: string[] = [];
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const inner = join(at, entry.name);
      if (!wanted(relative(path, inner))) continue;
      if (entry.isDirectory()) walk(inner);
      else if (entry.isFile()) found.push(`${inner}\n${readFileSync(inner, "latin1")}`);
    }
  };
  if (existsSync(path)) walk(path);
  return found.join("\n");
}

/** A letter as it is read: lines that were folded on their way are whole again. */
const unfolded = (raw: string): string =>
  Buffer.from(
    raw
      .replace(/\r\n[ \t]/g, " ")
      .replace(/=\r\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");

type Channel = Readonly<{
  name: string;
  read: () => string | Promise<string>;
  /** Puts a text there as a leak would; null: what services say gets there by itself. */
  plant: ((text: string) => () => void) | null;
}>;

const inFile =
  (file: () => string) =>
  (text: string): (() => void) => {
    mkdirSync(dirname(file()), { recursive: true });
    const before = existsSync(file()) ? readFileSync(file()) : null;
    appendFileSync(file(), text);
    return () => (before === null ? rmSync(file()) : writeFileSync(file(), before));
  };
const inText =
  (of: Record<string, string>, key: string) =>
  (text: string): (() => void) => {
    const before = of[key] ?? "";
    of[key] = before + text;
    return () => {
      of[key] = before;
    };
  };
/** A process of ours with the text in its arguments, or its environment. */
const inProcess = (how: "argv" | "env") => (text: string) => {
  const child = spawn("sleep", ["60"], {
    ...(how === "argv" ? { argv0: text } : {}),
    env: { PATH: process.env.PATH ?? "", HOME: top, ...(how === "env" ? { LEAK: text } : {}) },
    stdio: "ignore",
  });
  return () => void child.kill("SIGKILL");
};

const postgres = testPostgres();
let store: string;

/** Every row of every table that a team's store has. */
async function storeText(): Promise<string> {
  const tables = await query<{ name: string }>(
    store,
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'sampan_tiny'",
  );
  expect(tables.length).toBeGreaterThan(3);
  const rows = await Promise.all(
    tables.map(({ name }) => query<{ row: string }>(store, `select t::text as row from ${name} t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join("\n");
}

/** Everything of Sampan's that is in the state folder, but for the secret channel and what the instances themselves wrote. */
const agentFiles = () => textOf(join(fleet.home, "agent"), (name) => !/^(variables|instances)(\/|$)/.test(name));
const fleetFiles = (wanted: (name: string) => boolean) => textOf(join(fleet.home, "fleets"), wanted);
const isJournal = (name: string): boolean => !name.includes("/") || /sqlite|\.db|journal/.test(name) || name === "tiny";

/** What every user may read of processes, and what their own user may read of those that stay. */
const seenProcesses = () => processesOf(top).filter(({ env }) => env.SAMPAN_INSTANCE === undefined);
const argvNow = (): string =>
  processesOf(top)
    .map(({ argv }) => argv.join(" "))
    .join("\n");

const CHANNELS: readonly Channel[] = [
  { name: "stdout", read: () => said.stdout, plant: null },
  { name: "stderr", read: () => said.stderr, plant: inText(said, "stderr") },
  { name: "--json", read: () => said.json, plant: null },
  { name: "annotations of the run", read: () => said.annotations, plant: null },
  { name: "the job's summary", read: () => textOf(top, (name) => name === "summary.md"), plant: null },
  { name: "the evidence's folder", read: () => textOf(join(top, "evidence")), plant: null },
  { name: "GitLab's reports", read: () => textOf(join(top, "gitlab")), plant: null },
  { name: "Slack", read: () => heard.slack, plant: null },
  { name: "Telegram", read: () => heard.telegram, plant: null },
  { name: "e-mail", read: () => mails.letters.map(({ raw }) => `${raw}\n${unfolded(raw)}`).join("\n"), plant: null },
  { name: "what `logs` shows", read: () => said.logs, plant: null },
  { name: "a team's store", read: storeText, plant: null },
  { name: "journal and history", read: () => fleetFiles(isJournal), plant: null },
  {
    name: "bundles, worktrees and caches",
    read: () => fleetFiles((name) => !/sqlite/.test(name)),
    plant: inFile(() => join(fleet.home, "fleets/tiny/planted")),
  },
  { name: "report as CSV", read: () => said.csv, plant: inText(said, "csv") },
  {
    name: "the plan's file",
    read: () => textOf(top, (name) => name === "plan.json"),
    plant: inFile(() => join(top, "plan.json")),
  },
  { name: "the agent's files", read: agentFiles, plant: inFile(() => join(fleet.home, "agent/planted.json")) },
  {
    name: "the router's files",
    read: () => textOf(join(fleet.home, "agent/routers")),
    plant: inFile(() => join(fleet.home, "agent/routers/planted.cfg")),
  },
  { name: "temporary files", read: () => textOf(join(top, "tmp")), plant: inFile(() => join(top, "tmp/planted")) },
  {
    name: "tests and builds",
    read: () => textOf(top, (name) => name === "build-saw.txt"),
    plant: inFile(() => join(top, "build-saw.txt")),
  },
  {
    name: "the vault's command",
    read: () => textOf(top, (name) => name === "vault-saw.txt"),
    plant: inFile(() => join(top, "vault-saw.txt")),
  },
  { name: "arguments of processes", read: () => [...commandLines, argvNow()].join("\n"), plant: inProcess("argv") },
  {
    name: "environments of what stays",
    read: () =>
      seenProcesses()
        .map(({ env }) => JSON.stringify(Object.entries(env).flat()).slice(1))
        .join("\n") +
      seenProcesses()
        .flatMap(({ env }) => Object.values(env))
        .join("\n"),
    plant: inProcess("env"),
  },
];

beforeAll(async () => {
  server = createServer((request, response) => {
    const to = request.url?.includes("/bot") === true ? "telegram" : "slack";
    request.setEncoding("utf8").on("data", (text: string) => {
      heard[to] += `${text}\n${JSON.stringify(text.startsWith("{") ? JSON.parse(text) : text)}`;
    });
    request.on("end", () => response.setHeader("content-type", "application/json").end('{"ok":true,"result":{}}'));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  mails = await mailBox({ password: own("SMTP") });
  fleet = await tinyFleet(
    [{ name: "auth" }, { name: "blog", needs: ["auth"] }],
    noHaproxy === null ? { router: "haproxy" } : {},
  );
  top = dirname(fleet.home);
  for (const folder of ["tmp", "vault"]) mkdirSync(join(top, folder));
  const key = await generateX25519Identity();
  const database = new URL(await postgres.database());
  await query(database.href, `create role team login superuser password '${own("STORE")}'`);
  [database.username, database.password] = ["team", own("STORE")];
  store = database.href;
  OWN.SAMPAN_AGE_KEY = { value: key, parts: [] };
  leaks = searcherFor({ ...SHAPES, ...OWN });
  Object.assign(fleet.env, {
    TMPDIR: join(top, "tmp"),
    SAMPAN_AGE_KEY: key,
    HOOK: addressOf(`/${own("HOOK")}`),
    BOT: own("BOT"),
    SMTP: `smtp://ship:${encodeURIComponent(own("SMTP"))}@127.0.0.1:${mails.port}`,
    GITHUB_TOKEN: own("GITHUB_TOKEN"),
    ...Object.fromEntries(FROM_CI.map((name) => [`SAMPAN_STAGING__${name}`, canary(name)])),
  });
  const vault = join(top, "vault-cli");
  writeFileSync(
    vault,
    `#!/bin/sh\ntr '\\0' '\\n' < /proc/self/environ >> ${join(top, "vault-saw.txt")}\nexec cat "${join(top, "vault")}/$1"\n`,
  );
  chmodSync(vault, 0o755);
  for (const name of FROM_VAULT) writeFileSync(join(top, "vault", name), `${canary(name)}\n`);
  const declared = ["MOTTO", ...NAMES].map((name) => `${name}=\n`).join("");
  for (const name of ["auth", "blog"]) {
    fleet.write(`services/${name}/.env.example`, declared);
    // Its own log says all that it knows, in every way: what reads it must hide that.
    fleet.write(`services/${name}/server.mjs`, talkative(fleet.read(`services/${name}/server.mjs`)));
  }
  // What is given to tests and builds.
  fleet.write(
    "look.mjs",
    `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(join(top, "build-saw.txt"))}, Object.values(process.env).join("\\n") + JSON.stringify(process.env));\n`,
  );
  const elsewhere = [...FROM_AGE, ...FROM_CI, ...FROM_VAULT];
  fleet.write(
    "env/staging.env",
    `MOTTO='${MOTTO}'\n${dotenvOf(NAMES.filter((name) => !elsewhere.includes(name)))}${FROM_VAULT.map((name) => `${name}=vault:${name}\n`).join("")}`,
  );
  fleet.write(".gitignore", "env/*.env\n");
  fleet.write(
    "sampan.yaml",
    `${fleet
      .read("sampan.yaml")
      .replace("[env/staging.env]", "[env/staging.env, env/staging.env.age]")
      .replaceAll(
        "test: [node, --version], build: [node, --version]",
        "test: [node, ../../look.mjs], build: [node, ../../look.mjs]",
      )
      .replace(
        "services:\n",
        `references: { "vault:": [${vault}, "{path}"] }\nci: { provider: gitea, api: "${addressOf("/api/v1")}", repository: shop/tiny, token: GITHUB_TOKEN }\nservices:\n`,
      )}notify:
  - slack: HOOK
  - email: { to: [ops@shop.example], from: sampan@shop.example, smtp: SMTP }
  - telegram: { token: BOT, chat: "-1001", api: "${addressOf("")}" }
`,
  );
  expect((await run(["secrets", "recipients", "staging", "--add", await identityToRecipient(key)])).code).toBe(0);
  expect((await run(["secrets", "edit", "staging", "--stdin"], {}, dotenvOf(FROM_AGE))).code).toBe(0);
  fleet.commit("one", { auth: { version: "1" }, blog: { version: "1" } });
}, 60_000);
afterAll(async () => {
  server.close();
  await mails.close();
  await sinkFleet(fleet);
}, 60_000);

/** Looks at every command line of the machine while something runs. */
async function watched<T>(running: Promise<T>): Promise<T> {
  let over = false;
  const looking = (async () => {
    while (!over) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
          commandLines.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
        } catch {
          // Gone.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    return await running;
  } finally {
    over = true;
    await looking;
  }
}

describe("12 shapes in 14 encodings", { timeout: 180_000 }, () => {
  it("reach the instances, whichever way they come", async () => {
    const deploying = startSampan(["deploy", "staging", "--verbose"], { cwd: fleet.root, env: fleet.env });
    const ended = await watched(deploying.ended);
    said.stdout += ended.stdout;
    said.stderr += ended.stderr;
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const instances = processesOf(top).filter(
      ({ env, argv }) => env.SAMPAN_INSTANCE !== undefined && argv.includes("server.mjs"),
    );
    expect(instances.length).toBeGreaterThan(1);
    for (const { env } of instances) for (const name of NAMES) expect(env[name], name).toBe(canary(name));
  });

  it("are quoted by services that fail, in two CIs and by hand", async () => {
    fleet.commit("talkative", { blog: { version: "2", logs: "all of it" } });
    expect((await watched(run(["deploy", "staging"]))).code).toBe(4);
    expect((await run(["deploy", "staging", "--json"])).code).toBe(4);
    expect((await run(["ci", "--evidence", join(top, "gitlab")], inGitLab())).code).toBe(4);
    const before = fleet.read("sampan.yaml");
    fleet.write("sampan.yaml", `${before}store: { url: STORE }\n`);
    fleet.commit("talkative before a team", { blog: { version: "2", logs: "and more of it" } });
    expect((await watched(run(["deploy", "staging"], { STORE: store }))).code).toBe(4);
    fleet.write("sampan.yaml", before);
    fleet.commit("chatty", { blog: { version: "3", work: 500 } });
    expect((await watched(run(["ci", "--evidence", join(top, "evidence")], inGitHub()))).code).toBe(4);
  });

  it("stand behind every other command, too", async () => {
    fleet.commit("good", { blog: { version: "4" } });
    for (const args of [
      ["plan", "staging", "--out", join(top, "plan.json")],
      ["plan", "staging", "--json"],
      ["deploy", "staging", "--plan", join(top, "plan.json"), "--yes"],
      ["logs", "staging", "auth"],
      ["logs", "staging", "blog"],
      ["status", "--verbose"],
      ["status", "staging", "--json"],
      ["history", "staging"],
      ["history", "staging", "--json"],
      ["report", "staging", "--csv"],
      ["report", "staging", "--json"],
      ["doctor", "staging"],
      ["check", "staging"],
      ["check", "staging", "--json"],
      ["variables", "staging"],
      ["variables", "staging", "--json"],
      ["secrets", "recipients", "staging"],
      ["secrets", "recipients", "staging", "--json"],
      ["secrets", "rotate", "staging"],
      ["secrets", "rotate", "staging", "--json"],
      ["migrations", "status", "staging"],
      ["agent", "status", "--json"],
      ["rollback", "staging", "--yes"],
    ]) {
      const { code, stdout, stderr } = await run(args);
      expect([0, 3], `${args.join(" ")}\n${stdout}${stderr}`).toContain(code);
    }
  });

  it("are not in what is said of wrong input either", async () => {
    const before = fleet.read("env/staging.env");
    const text = NAMES.map((name) => `${canary(name)}\n${name} ${canary(name)}\n`).join("");
    fleet.write("env/staging.env", before + text);
    for (const args of [
      ["plan", "staging"],
      ["deploy", "staging", "--json"],
      ["variables", "staging"],
    ])
      expect((await run(args)).code).toBeGreaterThan(0);
    fleet.write("env/staging.env", before);
    expect((await run(["secrets", "edit", "staging", "--stdin"], {}, text)).code).toBe(2);
    expect((await run(["secrets", "recipients", "staging", "--add", own("SAMPAN_AGE_KEY")])).code).toBe(2);
    expect((await run(["plan", "staging"], { SAMPAN_AGE_KEY: `${own("SAMPAN_AGE_KEY")}X` })).code).toBe(2);
    for (const name of FROM_VAULT) {
      writeFileSync(
        join(top, "vault-cli"),
        `#!/bin/sh\ncat "${join(top, "vault")}/${name}"\ncat "${join(top, "vault")}/${name}" >&2\nexit 1\n`,
      );
      expect((await run(["plan", "staging"])).code).toBe(2);
    }
  });

  it.each(CHANNELS)("are not in $name, where they would be found", async ({ read, plant }) => {
    const text = await read();
    expect(leaks(text)).toEqual([]);
    if (plant === null) {
      // What services say gets there: a word of theirs that is no secret does.
      expect(planted(text)).not.toEqual([]);
      return;
    }
    for (const { value } of [...Object.values(SHAPES), ...Object.values(OWN)]) {
      const undo = plant(value.includes("\0") ? "" : value);
      try {
        expect(leaks(await read())).not.toEqual([]);
      } finally {
        undo();
      }
    }
    expect(leaks(await read())).toEqual([]);
  });

  it("are readable by their owner only, where they are kept", () => {
    const folder = join(fleet.home, "agent", "variables");
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    expect(found.filter((entry) => entry.isFile()).length).toBeGreaterThan(1);
    expect(leaks(textOf(folder))).not.toEqual([]);
    for (const entry of found) expect(statSync(join(entry.parentPath, entry.name)).mode & 0o077).toBe(0);
  });
});
