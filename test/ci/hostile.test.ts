import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import { HOSTILE } from "./hostile-texts.ts";

let fleet: TinyFleet;
let box: string;
/** Texts that git takes for a name, so that they went all the way. */
let deployed = 0;

beforeAll(async () => {
  fleet = await tinyFleet([{ name: "auth" }]);
  fleet.write("sampan.yaml", fleet.read("sampan.yaml").replace("branch: develop", 'branch: "**"\n    tag: "**"'));
  fleet.commit("one", { auth: { version: "1" } });
  box = join(fleet.root, "..", "box");
  mkdirSync(box);
}, 60_000);
afterAll(async () => {
  await sinkFleet(fleet);
}, 60_000);

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
    const ran = await sampan(["ci", "--evidence", join(box, `evidence-${nth}`)], {
      cwd: fleet.root,
      env: {
        ...fleet.env,
        GITHUB_ACTIONS: "true",
        GITHUB_EVENT_NAME: "push",
        GITHUB_REF: `refs/${isTag ? "tags" : "heads"}/${said}`,
        GITHUB_REF_NAME: said,
        GITHUB_SHA: commit,
        GITHUB_ACTOR: said,
        GITHUB_JOB: said,
        GITHUB_REPOSITORY: said,
        GITHUB_RUN_ID: said,
        GITHUB_EVENT_PATH: join(box, "event.json"),
        GITHUB_STEP_SUMMARY: summary,
      },
    });
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
    for (const folder of [fleet.root, box, fleet.home, "/tmp"]) expect(existsSync(join(folder, "CANARY"))).toBe(false);
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
