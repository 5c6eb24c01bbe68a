import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRepository } from "../artifacts/git/repository.ts";
import { buildEnvironment } from "../artifacts/worktree/build-environment.ts";
import { withWorktree } from "../artifacts/worktree/with-worktree.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { systemClock } from "../io/clock.ts";
import { processEnvironment } from "../io/environment.ts";
import { run } from "../io/exec.ts";
import { createVariablesReader } from "../variables/variables-reader.ts";
import { createFolderCheckCache, noCheckCache } from "./cache.ts";
import { type CheckKind, type CheckResult, refusals } from "./check.ts";
import type { CheckEvent, ChecksOrder } from "./checks-order.ts";
import { runChecks } from "./run-checks.ts";
import { fleetFor } from "./testing.ts";

const signal = new AbortController().signal;
const NO_KEYS = { keys: [], passphrases: [], from: "nowhere" };
const SECRET = "Zq8-vT2_wL9xK4mN";

let top: string;
let root: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "sampan-checks-"));
  root = join(top, "repository");
  await mkdir(root);
  await git("init", "-q", "-b", "develop");
});
afterEach(() => rm(top, { recursive: true, force: true }));

async function git(...args: readonly string[]): Promise<string> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  const ran = await run({ argv: ["git", ...identity, ...args], cwd: root });
  if (ran.exitCode !== 0) throw new Error(ran.stderr);
  return ran.stdout;
}

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

async function commit(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await write(files);
  await git("add", "-A");
  await git("commit", "-qm", "x", "--allow-empty");
}

/** A fleet of one service in which every check passes. */
const GOOD: Readonly<Record<string, string>> = {
  ".gitignore": "env/\n",
  "package.json": "{}",
  "services/blog/package.json": JSON.stringify({ name: "blog", scripts: { test: "node -e 0" } }),
  "services/blog/.env.example": "# a comment\nDATABASE_URL= # secret\nCOLOR= # optional\n",
  "services/blog/src/main.ts": "export const url = process.env.DATABASE_URL;\n",
  "env/staging.env": `DATABASE_URL=postgres://blog:${SECRET}@db.staging/blog`,
  "env/production.env": "DATABASE_URL=postgres://blog:other-pa55word@db.production/blog",
};

type Options = Readonly<{
  fleet?: Fleet;
  kinds?: readonly CheckKind[];
  processEnv?: Record<string, string>;
  cache?: ChecksOrder["cache"];
  resolve?: ChecksOrder["resolve"];
  running?: ReadonlyMap<string, string>;
  folders?: readonly string[];
  artifact?: string;
  events?: (event: CheckEvent) => void;
  build?: ChecksOrder["build"];
}>;

async function check(options: Options = {}): Promise<readonly CheckResult[]> {
  const fleet = options.fleet ?? fleetFor(root, { staging: { branch: "develop" } });
  const repository = await readRepository({ root, fetch: 10_000, signal });
  const { head, prefix } = repository;
  const env = buildEnvironment(processEnvironment() as Record<string, string>, new Set());
  const workshop = { root, prefix, state: join(top, "state"), env, clock: systemClock, signal, log: () => undefined };
  return runChecks({
    fleet,
    environment: "staging",
    services: [
      { name: "blog", artifact: options.artifact ?? `sha256:${head}`, folders: options.folders ?? ["services/blog"] },
    ],
    asking: { now: 0, ci: null, breakGlass: null },
    green: async () => ({ verdict: "passed", evidence: "green", problems: [] }),
    repository,
    read: createVariablesReader({ fleet, processEnv: options.processEnv ?? {}, ageIdentities: NO_KEYS, signal }),
    project: async () => null,
    running: options.running ?? new Map(),
    foldersOf: () => [],
    resolve: options.resolve ?? (async () => ({ names: [], addresses: [] })),
    cache: options.cache ?? noCheckCache,
    clock: systemClock,
    signal,
    concurrency: 2,
    openWorktree: (use) =>
      withWorktree({ workshop, commit: head, services: Object.values(fleet.services) }, async (worktree) =>
        use(worktree),
      ),
    build: options.build ?? null,
    ...(options.kinds === undefined ? {} : { kinds: options.kinds }),
    ...(options.events === undefined ? {} : { events: options.events }),
  });
}

const verdicts = (results: readonly CheckResult[]) =>
  results.map(({ kind, service, verdict }) => `${kind}${service === null ? "" : ` ${service}`}: ${verdict}`);

const problemsOf = (results: readonly CheckResult[]) =>
  results.flatMap(({ problems }) => problems.map(({ code, file, line, column }) => [code, file, line, column]));

describe("runChecks", () => {
  it("passes a good fleet, with evidence for each check and an event for each beginning and end", async () => {
    await commit(GOOD);
    const events: string[] = [];
    const results = await check({
      events: (event) => events.push(event.kind === "began" ? `+${event.check}` : `-${event.result.kind}`),
    });
    expect(verdicts(results)).toEqual([
      "rules: passed",
      "working-tree: passed",
      "branch: passed",
      "isolation: passed",
      "leaks: passed",
      "variables blog: passed",
      "declared blog: passed",
      "leaks blog: passed",
      "test blog: passed",
    ]);
    expect(refusals(results)).toEqual([]);
    for (const result of results) expect(result.evidence).not.toBe("");
    expect(events.filter((event) => event.startsWith("+")).sort()).toEqual(
      results.map(({ kind }) => `+${kind}`).sort(),
    );
    expect(events.filter((event) => event.startsWith("-")).sort()).toEqual(
      results.map(({ kind }) => `-${kind}`).sort(),
    );
  });

  it("names what is not committed, however it is called", async () => {
    await commit(GOOD);
    await write({ 'services/blog/a "b"\n$(x).ts': "", "--force": "" });
    const [result] = await check({ kinds: ["working-tree"] });
    expect(result?.verdict).toBe("failed");
    expect(result?.problems[0]?.message).toContain('"--force"');
    expect(result?.problems[0]?.message).not.toContain("\n");
    expect(refusals(result === undefined ? [] : [result])).toHaveLength(1);
  });

  it("wants the environment's branch, no older than its remote", async () => {
    await commit(GOOD);
    const branch = async () => verdicts(await check({ kinds: ["branch"] })).join();
    await git("clone", "-q", "--bare", root, join(top, "remote"));
    await git("remote", "add", "origin", join(top, "remote"));
    await git("push", "-qu", "origin", "develop");
    expect(await branch()).toBe("branch: passed");
    await commit({ "later.txt": "" });
    expect(await branch()).toBe("branch: passed");
    await git("push", "-q");
    await git("reset", "-q", "--hard", "HEAD~1");
    const [behind] = await check({ kinds: ["branch"] });
    expect(behind?.problems[0]?.message).toBe("develop is 1 commit behind origin/develop");
    await git("checkout", "-qb", "feature/-x");
    expect(await branch()).toBe("branch: failed");
    await git("checkout", "-q", "--detach");
    expect(await branch()).toBe("branch: inconclusive");
    await git("checkout", "-q", "develop");
    await git("remote", "set-url", "origin", join(top, "gone"));
    expect(await branch()).toBe("branch: inconclusive");
  });

  it("names each variable that is missing or empty, where it is declared and where to set it", async () => {
    await commit({
      ...GOOD,
      "services/blog/.env.example": "DATABASE_URL=\nPORT=\nEMPTY=\n\nMISSING=\n# optional\nMAYBE=\n",
    });
    await write({ "env/staging/blog.env": "EMPTY='  '" });
    const [result] = await check({ kinds: ["variables"], processEnv: { MISSING: "of the shell" } });
    expect(result?.problems.map(({ code, file, line, message }) => [code, file, line, message])).toEqual([
      [
        "variable-empty",
        "services/blog/.env.example",
        3,
        "EMPTY of blog is empty (env/staging/blog.env:1) for staging",
      ],
      ["variable-not-set", "services/blog/.env.example", 5, "MISSING of blog is not set for staging"],
    ]);
    expect(result?.problems[1]?.hint).toContain("env/staging/blog.env, or as SAMPAN_STAGING__BLOG__MISSING");
    const set = await check({
      kinds: ["variables"],
      processEnv: { SAMPAN_STAGING__MISSING: "1", SAMPAN_STAGING__BLOG__EMPTY: "1" },
    });
    expect(verdicts(set)).toEqual(["variables blog: passed"]);
  });

  it("names each variable that the code reads and nobody declared, in the packages of the workspace too", async () => {
    await commit({
      ...GOOD,
      "services/blog/src/main.ts":
        "// process.env.NO\nimport { required } from 'kit';\nconst { DATABASE_URL, COLOR: c } = process.env;\nprocess.env.NODE_ENV;\n  required('FROM_KIT'); required('DATABASE_URL');\n",
      "services/blog/src/main.test.ts": "process.env.ONLY_IN_TESTS",
      "services/blog/worker.py": "import os\nos.environ['FROM_PYTHON']\n",
      "packages/kit/src/index.ts":
        "export const required = (name: string) => process.env[name];\nprocess.env.FROM_PACKAGE;\n",
      "packages/other/src/index.ts": "process.env.OF_NO_CONCERN",
    });
    const [result] = await check({ kinds: ["declared"], folders: ["packages/kit", "services/blog"] });
    expect(new Set(problemsOf(result === undefined ? [] : [result]).map((place) => place.join(" ")))).toEqual(
      new Set([
        "undeclared-read packages/kit/src/index.ts 2 13",
        "undeclared-read services/blog/src/main.ts 5 12",
        "undeclared-read services/blog/worker.py 2 13",
      ]),
    );
  });

  it("is inconclusive about code that it cannot parse", async () => {
    await commit({ ...GOOD, "services/blog/src/main.ts": "const = (((" });
    const [result] = await check({ kinds: ["declared"] });
    expect(result).toMatchObject({
      verdict: "inconclusive",
      problems: [{ code: "unreadable-code", file: "services/blog/src/main.ts" }],
    });
  });

  it("finds what two environments share, by what it points to", async () => {
    await commit(GOOD);
    await write({ "env/production.env": "DATABASE_URL=postgresql://other@DB.staging:5432/blog?sslmode=require" });
    const [result] = await check({ kinds: ["isolation"] });
    expect(result?.problems).toMatchObject([
      {
        code: "shared-place",
        file: "env/staging.env",
        line: 1,
        message:
          "DATABASE_URL of blog in staging (env/staging.env:1) and DATABASE_URL of blog in production (env/production.env:1) name the same database: postgres db.staging:5432/blog",
      },
    ]);
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it("finds what two environments share under different names, and how it knows", async () => {
    await commit(GOOD);
    await write({ "env/production.env": "DATABASE_URL=postgres://other@pg-1.internal/blog" });
    const asked: string[] = [];
    const resolve: ChecksOrder["resolve"] = async (host) => {
      asked.push(host);
      return { names: host === "db.staging" ? ["pg-1.internal"] : [], addresses: [] };
    };
    const [result] = await check({ kinds: ["isolation"], resolve });
    expect(result?.problems).toMatchObject([{ code: "shared-place", file: "env/staging.env", line: 1 }]);
    expect(result?.problems[0]?.message).toMatch(
      /DATABASE_URL of blog in staging .* and DATABASE_URL of blog in production .* \(db.staging is an alias of pg-1.internal\)$/,
    );
    expect(asked.sort()).toEqual(["db.staging", "pg-1.internal"]);
    expect(verdicts(await check({ kinds: ["isolation"] }))).toEqual(["isolation: passed"]);
  });

  it.each(["staging", "production"] as const)(
    "lets through what %s declares as shared, with its reason",
    async (declaring) => {
      await commit(GOOD);
      await write({ "env/production.env": "DATABASE_URL=postgres://other@db.staging/blog" });
      const shares = [
        {
          variable: "DATABASE_URL",
          with: declaring === "staging" ? "production" : "staging",
          because: "one map for all",
        },
      ];
      const [result] = await check({ kinds: ["isolation"], fleet: fleetFor(root, { [declaring]: { shares } }) });
      expect(result).toMatchObject({
        verdict: "passed",
        evidence: expect.stringContaining("is shared with production: one map for all"),
      });
      const other = [{ ...shares[0], variable: "CACHE_URL" }] as typeof shares;
      expect(
        verdicts(await check({ kinds: ["isolation"], fleet: fleetFor(root, { [declaring]: { shares: other } }) })),
      ).toEqual(["isolation: failed"]);
    },
  );

  it("knows that localhost is another machine on another host", async () => {
    await commit(GOOD);
    const local = "DATABASE_URL=postgres://a@localhost/blog";
    await write({ "env/staging.env": local, "env/production.env": local });
    expect(verdicts(await check({ kinds: ["isolation"] }))).toEqual(["isolation: failed"]);
    const apart = fleetFor(root, {
      production: { target: { kind: "process", hosts: ["deploy@10.0.0.5"], router: { kind: "builtin" } } },
    });
    expect(verdicts(await check({ kinds: ["isolation"], fleet: apart }))).toEqual(["isolation: passed"]);
  });

  describe("with references", () => {
    /** Production's vault is closed to whoever deploys staging. */
    const answers = (production: string) => ({
      ...GOOD,
      "vault.cjs": `const [, , path] = process.argv;
if (path.includes("closed")) process.exit(3);
console.log("postgres://u:p@db.internal/" + path.split("/").at(-1));`,
      "services/blog/.env.example": "DATABASE_URL=\nOTHER_URL=\nDATABASE_PASSWORD=\n",
      "env/staging.env": "DATABASE_URL=vault://staging/blog\n",
      "env/production.env": production,
    });
    const fleet = (): Fleet => ({
      ...fleetFor(root),
      references: [{ prefix: "vault://", command: ["node", "vault.cjs", "{reference}"], timeout: 20_000 }],
    });
    const isolation = async (production: string) => {
      await commit(answers(production));
      const [result] = await check({ kinds: ["isolation"], fleet: fleet() });
      return result;
    };

    it("compares what they stand for", async () => {
      expect(await isolation("DATABASE_URL=vault://production/blog2\n")).toMatchObject({ verdict: "passed" });
      expect(await isolation("OTHER_URL=vault://production/blog\n")).toMatchObject({
        verdict: "failed",
        problems: [{ code: "shared-place", message: expect.stringContaining("OTHER_URL") }],
      });
    });

    it("does not decide where one that may be an address could not be resolved, and says which", async () => {
      expect(await isolation("DATABASE_URL=vault://closed/blog\n")).toMatchObject({
        verdict: "inconclusive",
        problems: [
          { code: "unresolved-reference", message: expect.stringMatching(/production: DATABASE_URL could not/) },
        ],
      });
      // By its name, it is no address.
      expect(await isolation("DATABASE_PASSWORD=vault://closed/blog\n")).toMatchObject({ verdict: "passed" });
      // What is known to be shared is, whatever else is not known.
      expect(await isolation("DATABASE_URL=vault://closed/blog\nOTHER_URL=vault://production/blog\n")).toMatchObject({
        verdict: "failed",
      });
    });
  });

  it("does not claim isolation from an environment that it cannot read", async () => {
    await commit(GOOD);
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()));
    await write({ "env/production.env.age": await encrypter.encrypt("DATABASE_URL=x") });
    const fleet = fleetFor(root, { production: { variables: ["env/production.env.age"] } });
    const [result] = await check({ kinds: ["isolation"], fleet });
    expect(result).toMatchObject({
      verdict: "inconclusive",
      problems: [{ code: "undecryptable-file", file: "env/production.env.age" }],
    });
    expect(result?.problems[0]?.message).toContain("could not be compared with production");
  });

  it("finds the values of every environment in what is built, in any form, and never prints them", async () => {
    const encoded = Buffer.from(`blog:other-pa55word`).toString("base64");
    await commit({
      ...GOOD,
      "services/blog/src/leak.ts": `\n\nconst a = "${SECRET}";\nconst b = "${encoded}";\n`,
      "elsewhere/not-built.txt": SECRET,
    });
    const results = await check({ kinds: ["leaks"] });
    expect(problemsOf(results)).toEqual([
      ["leaked-value", "services/blog/src/leak.ts", 3, 12],
      ["leaked-value", "services/blog/src/leak.ts", 4, 19],
    ]);
    expect(results.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([
      "The value of DATABASE_URL of blog in staging stands in a committed file",
      "The value of DATABASE_URL of blog in production stands in a committed file",
    ]);
    expect(JSON.stringify(results)).not.toContain(SECRET);
  });

  it("finds what merely looks like a secret", async () => {
    const token = `ghp_${"16C7e42F292c6912E7710c838347Ae178B4a"}`;
    await commit({ ...GOOD, "services/blog/config.yaml": `a: 1\ntoken: ${token}\n` });
    const results = await check({ kinds: ["leaks"] });
    expect(problemsOf(results)).toEqual([["secret-shape", "services/blog/config.yaml", 2, 8]]);
    expect(JSON.stringify(results)).not.toContain(token);
  });

  it("does not take common words for leaked passwords", async () => {
    await commit({ ...GOOD, "services/blog/src/words.ts": "const password = 'type your password'; // postgres" });
    await write({ "env/staging.env": "DATABASE_URL=postgres://blog:password@db/blog\nAPI_KEY=postgres" });
    expect(verdicts(await check({ kinds: ["leaks"] }))).toEqual(["leaks: passed", "leaks blog: passed"]);
  });

  it("refuses committed files of variables", async () => {
    await commit({
      ...GOOD,
      ".gitignore": "",
      "services/blog/.env": "LEVEL=info",
      "services/blog/.env.test": "LEVEL=info",
      ".env.local": "",
    });
    const results = await check({ kinds: ["leaks"] });
    expect(problemsOf(results.slice(0, 1))).toEqual([
      ["committed-dotenv", ".env.local", null, null],
      ["committed-secret", "env/production.env", 1, 1],
      ["committed-secret", "env/staging.env", 1, 1],
      ["committed-dotenv", "services/blog/.env", null, null],
    ]);
    expect(JSON.stringify(results)).not.toContain(SECRET);
  });

  it("runs a service's tests on what is committed, and quotes what they said without its secrets", async () => {
    const script = `console.log("the end of the tests ${SECRET}"); process.exit(3)`;
    await commit({
      ...GOOD,
      "services/blog/test.js": script,
      "services/blog/package.json": '{"scripts":{"test":"node test.js"}}',
    });
    await write({ "services/blog/test.js": "process.exit(0)" });
    const [result] = await check({ kinds: ["test"] });
    expect(result).toMatchObject({ kind: "test", service: "blog", verdict: "failed" });
    expect(result?.problems[0]?.code).toBe("tests-failed");
    expect(result?.problems[0]?.message).toContain("the end of the tests ‹masked:DATABASE_URL›");
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it("wants tests", async () => {
    await commit({ ...GOOD, "services/blog/package.json": "{}" });
    expect(problemsOf(await check({ kinds: ["test"] }))).toEqual([["no-tests", null, null, null]]);
  });

  it("does not test the same tree twice, and a failed one again", async () => {
    const counter = join(top, "runs");
    const test = (code: number) =>
      `require('fs').appendFileSync(${JSON.stringify(counter)}, 'x'); process.exit(${code})`;
    const runs = async () => (await readFile(counter, "utf8")).length;
    const cache = createFolderCheckCache(join(top, "cache"));
    await commit({
      ...GOOD,
      "services/blog/test.js": test(1),
      "services/blog/package.json": '{"scripts":{"test":"node test.js"}}',
    });
    const tested = async (artifact: string) => (await check({ kinds: ["test"], cache, artifact }))[0];
    expect((await tested("sha256:a"))?.verdict).toBe("failed");
    expect((await tested("sha256:a"))?.verdict).toBe("failed");
    expect(await runs()).toBe(2);
    await commit({ "services/blog/test.js": test(0) });
    expect((await tested("sha256:b"))?.verdict).toBe("passed");
    await rm(join(top, "state"), { recursive: true, force: true });
    const known = await tested("sha256:b");
    expect(known).toMatchObject({ verdict: "passed", took: 0 });
    expect(known?.evidence).toContain("passed before on the same tree");
    expect(await runs()).toBe(3);
    expect((await tested("sha256:c"))?.verdict).toBe("passed");
    expect(await runs()).toBe(4);
  });

  it("reads the code of a tree once, for the same declared names, and looks at what failed again", async () => {
    const cache = createFolderCheckCache(join(top, "cache"));
    const main = "services/blog/src/main.ts";
    await commit({ ...GOOD, [main]: "process.env.SIZE;\n" });
    const look = async () => (await check({ kinds: ["declared"], cache }))[0];
    expect(await look()).toMatchObject({ verdict: "failed" });
    expect(await look()).toMatchObject({ verdict: "failed" });
    await commit({ "services/blog/.env.example": "DATABASE_URL=\nSIZE=\n" });
    expect(await look()).toMatchObject({ verdict: "passed", evidence: expect.stringMatching(/^1 files read/) });
    expect(await look()).toMatchObject({ verdict: "passed", evidence: expect.stringMatching(/^passed before/) });
    await commit({ [main]: "process.env.SIZE + process.env.DEPTH;\n" });
    expect(await look()).toMatchObject({ verdict: "failed" });
    await write({ "services/blog/.env.example": "DATABASE_URL=\nSIZE=\nDEPTH=\n" });
    expect(await look()).toMatchObject({ verdict: "passed", evidence: expect.stringMatching(/^1 files read/) });
  });

  it("takes a torn or foreign cache entry for none", async () => {
    const cache = createFolderCheckCache(join(top, "cache"));
    await cache.put("key", "evidence\nof two lines");
    expect(await cache.get("key")).toBe("evidence\nof two lines");
    const [entry = ""] = (await run({ argv: ["ls", join(top, "cache")] })).stdout.split("\n");
    await writeFile(join(top, "cache", entry), "ke");
    expect(await cache.get("key")).toBeNull();
    expect(await cache.get("other")).toBeNull();
  });

  it("tells of builds by what was built", async () => {
    await commit(GOOD);
    const built = await check({
      kinds: ["build"],
      build: async (events) => {
        events({ kind: "building", service: "blog" });
        events({ kind: "built", service: "blog", artifact: "sha256:a", seconds: 1.5 });
        return {};
      },
    });
    expect(built).toMatchObject([{ kind: "build", service: "blog", verdict: "passed", took: 1500 }]);
  });
});
