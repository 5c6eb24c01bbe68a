import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import { HOSTILE } from "./hostile-texts.ts";

let fleet: TinyFleet;
let box: string;
let bare: string;
/** The scripts of the written workflow's deployment: checking out, and Sampan. */
let scripts: readonly string[];
/** Texts that git takes for a name, so that they went all the way. */
let deployed = 0;

beforeAll(async () => {
  fleet = await tinyFleet([{ name: "auth" }]);
  fleet.write("sampan.yaml", fleet.read("sampan.yaml").replace("branch: develop", 'branch: "**"\n    tag: "**"'));
  fleet.commit("one", { auth: { version: "1" } });
  box = join(fleet.root, "..", "box");
  mkdirSync(box);
  bare = join(fleet.root, "..", "shop", "backend");
  fleet.git("init", "--quiet", "--bare", bare);
  expect((await sampan(["init", "--ci", "github"], { cwd: fleet.root, env: fleet.env })).code).toBe(0);
  const workflow = parse(fleet.read(".github/workflows/sampan.yaml")) as Workflow;
  scripts = workflow.jobs["deploy-staging"]?.steps.flatMap(({ run }) => run ?? []) ?? [];
  fleet.commit("workflow", {});
  // What the workflow calls by `npx --yes sampan@VERSION` is this build.
  writeFileSync(
    join(box, "npx"),
    `#!/bin/sh\nshift 2\nexec "${process.execPath}" "${BIN}" "$@" --evidence "$EVIDENCE"\n`,
    { mode: 0o755 },
  );
}, 60_000);
afterAll(async () => {
  await sinkFleet(fleet);
}, 60_000);

type Workflow = Readonly<{
  jobs: Readonly<Record<string, Readonly<{ steps: readonly Readonly<{ run?: string }>[] }>>>;
}>;

const BIN = fileURLToPath(new URL("../../bin/sampan.js", import.meta.url));

/** As a runner runs a step's script. */
function runStep(script: string, at: Readonly<{ cwd: string; env: NodeJS.ProcessEnv }>): Promise<Ran> {
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
    ...at,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
}

type Ran = Readonly<{ code: number | null; stdout: string; stderr: string }>;

const ACTIVE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** A commit by such a person with such a message, on such a branch and with such a tag, as far as git lets anybody have them. */
function commitAs(text: string): string {
  const git = (args: readonly string[], more: NodeJS.ProcessEnv = {}): string =>
    execFileSync("git", args, {
      cwd: fleet.root,
      env: { ...fleet.env, ...more },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const person = text.replaceAll("\0", "").replace(/[<>\n]/g, "") || "x";
  git(["checkout", "--quiet", "--detach", "develop"]);
  git(["commit", "--quiet", "--allow-empty", "--message", text.replaceAll("\0", "")], {
    GIT_AUTHOR_NAME: person,
    GIT_COMMITTER_NAME: person,
  });
  // Whatever the CI calls it, a commit that it runs for is on some branch.
  git(["branch", "--force", "there", "HEAD"]);
  for (const namespace of ["heads", "tags"]) {
    try {
      git(["update-ref", `refs/${namespace}/${text}`, "HEAD"]);
    } catch {
      // No name for git; a CI's variables may hold it all the same.
    }
  }
  return git(["rev-parse", "HEAD"]);
}

/** Lines that a runner would take for commands: none between the guard's two, whatever they hold. */
function commandsIn(output: string): readonly string[] {
  const lines = output.split("\n");
  const token = /^::stop-commands::(sampan-[0-9a-f]{32})$/.exec(lines[0] ?? "")?.[1];
  const end = lines.indexOf(`::${token}::`);
  expect({ token, end }).toEqual({ token: expect.anything(), end: expect.any(Number) });
  expect(end).toBeGreaterThan(0);
  return lines.slice(end + 1).filter((line) => line !== "");
}

it.each(HOSTILE.map((text, nth) => [JSON.stringify(text), text, nth] as const))(
  "%s as branch, tag, author and commit text runs nothing and forges no line",
  { timeout: 60_000 },
  async (_, text, nth) => {
    const commit = commitAs(text);
    const summary = join(box, `summary-${nth}.md`);
    writeFileSync(
      join(box, "event.json"),
      JSON.stringify({ before: text, head_commit: { message: text, author: { name: text } } }),
    );
    // A process takes no variable with a NUL in it.
    const said = text.replaceAll("\0", "");
    const isTag = nth % 3 === 0;
    fleet.git("push", "--quiet", "--force", "--mirror", bare);
    const job = mkdtempSync(join(box, "job-"));
    const env = {
      ...fleet.env,
      PATH: `${box}:${fleet.env.PATH}`,
      EVIDENCE: join(box, `evidence-${nth}`),
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: "push",
      GITHUB_REF: `refs/${isTag ? "tags" : "heads"}/${said}`,
      GITHUB_REF_NAME: said,
      GITHUB_SHA: commit,
      GITHUB_ACTOR: said,
      GITHUB_JOB: said,
      GITHUB_SERVER_URL: `file://${join(fleet.root, "..")}`,
      GITHUB_REPOSITORY: "shop/backend",
      GITHUB_RUN_ID: said,
      GITHUB_EVENT_PATH: join(box, "event.json"),
      GITHUB_STEP_SUMMARY: summary,
    };
    const [checkout = "", deploy = ""] = scripts;
    expect(await runStep(checkout, { cwd: job, env })).toEqual({ code: 0, stdout: "", stderr: "" });
    cpSync(join(fleet.root, "env"), join(job, "env"), { recursive: true });
    const ran = await runStep(deploy, { cwd: job, env });
    // It is deployed, or it is no name and nothing is done.
    expect(ran.stderr).toBe("");
    expect(ran.code).toBe(0);
    const [notice = "", ...further] = commandsIn(ran.stdout);
    if (notice.includes("deploy staging")) deployed += 1;
    expect(notice).toMatch(/^::notice title=Sampan::(?:verified: deploy staging|nothing: nothing), /);
    expect(further).toEqual([]);
    expect(ran.stdout.replaceAll("\n", "")).not.toMatch(ACTIVE);
    const page = readFileSync(summary, "utf8");
    expect(page.replaceAll("\n", "")).not.toMatch(ACTIVE);
    expect(page.split("\n").filter((line) => line.startsWith("#"))).toHaveLength(page.includes("deploy") ? 2 : 1);
    for (const folder of [fleet.root, job, box, fleet.home, "/tmp"])
      expect(existsSync(join(folder, "CANARY"))).toBe(false);
    rmSync(summary);
  },
);

it("took most of them all the way", () => {
  expect(deployed).toBeGreaterThanOrEqual(12);
});

it("would see a command that is run: the canary is real", () => {
  const [text = ""] = HOSTILE;
  execFileSync("sh", ["-c", `: ${text}`], { cwd: box });
  expect(existsSync(join(box, "CANARY"))).toBe(true);
  rmSync(join(box, "CANARY"));
});
