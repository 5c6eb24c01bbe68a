import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Caller } from "../contracts/callers/callers.ts";
import { run } from "../io/exec.ts";
import { checkContract } from "./contract.ts";
import { fleetFor } from "./testing.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sampan-contract-"));
  await git("init", "-q");
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function git(...args: readonly string[]): Promise<string> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  const ran = await run({ argv: ["git", ...identity, ...args], cwd: root });
  if (ran.exitCode !== 0) throw new Error(ran.stderr);
  return ran.stdout.trim();
}

/** One commit with these files, null for those that go. */
async function commit(files: Readonly<Record<string, string | null>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    if (text === null) await rm(path);
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
  await git("add", "-A");
  await git("commit", "-qm", "x", "--allow-empty");
  return git("rev-parse", "HEAD");
}

const FILE = "services/blog/openapi.yaml";
const contract = (...paths: readonly string[]): string =>
  [
    "openapi: 3.0.3",
    "info: {}",
    "paths:",
    ...paths.map((path) => `  ${path}: { get: { responses: { 200: {} } } }`),
  ].join("\n");
const V1 = contract("/v1/articles", "/v1/drafts");

const PULSE: Caller = { service: "pulse", by: "needs" };

async function check(
  of: Readonly<{
    running: string | null;
    callers?: readonly Caller[];
    with?: readonly string[];
    declared?: boolean;
    none?: boolean;
  }>,
) {
  const service = fleetFor(root).services.blog;
  if (service === undefined) throw new Error("no blog");
  const spec =
    of.none === true
      ? { kind: "none" as const, declared: of.declared ?? false }
      : { kind: "file" as const, file: "openapi.yaml" };
  return checkContract({
    service: { ...service, contract: spec },
    environment: "staging",
    at: { folder: root, signal: new AbortController().signal },
    prefix: "",
    head: await git("rev-parse", "HEAD"),
    running: of.running,
    callers: of.callers ?? [PULSE],
    releasing: new Set(["blog", ...(of.with ?? [])]),
    today: "2026-11-26",
  });
}

test("a path that a caller of the fleet relies on is refused, with both places and what to do", async () => {
  const running = await commit({ [FILE]: V1 });
  await commit({ [FILE]: contract("/v1/articles") });
  const found = await check({ running });
  expect(found.verdict).toBe("failed");
  expect(found.problems).toMatchObject([{ code: "contract-breaks-callers", file: FILE, line: 3, column: 1 }]);
  expect(found.problems[0]?.message).toBe(
    `GET /v1/drafts: the path is gone (path-removed; it was at ${FILE}:5:17 in ${running.slice(0, 7)}): pulse calls it, and is not in this release`,
  );
  expect(found.problems[0]?.hint).toContain("beside");
  expect(found.evidence).toContain("1 breaking");
});

test("it passes where the callers change in the same release, and where nobody that runs there calls it", async () => {
  const running = await commit({ [FILE]: V1 });
  await commit({ [FILE]: contract("/v1/articles") });
  expect(await check({ running, with: ["pulse"] })).toMatchObject({ verdict: "passed" });
  expect(await check({ running, callers: [] })).toMatchObject({ verdict: "passed" });
  const atlas = { service: "atlas", by: "services/atlas/package.json:3" };
  const half = await check({ running, callers: [PULSE, atlas], with: ["pulse"] });
  expect(half.problems[0]?.message).toContain("atlas calls it");
});

test("/v2 beside /v1 passes", async () => {
  const running = await commit({ [FILE]: V1 });
  await commit({ [FILE]: contract("/v1/articles", "/v1/drafts", "/v2/articles") });
  expect(await check({ running })).toMatchObject({ verdict: "passed" });
});

test("a change that is allowed with a reason passes, and the reason is evidence", async () => {
  const running = await commit({ [FILE]: V1 });
  await commit({
    [FILE]: `${contract("/v1/articles")}\nx-sampan-allow: [{ change: path-removed, at: GET /v1/drafts, because: nobody drafts }]\n`,
  });
  const found = await check({ running });
  expect(found).toMatchObject({ verdict: "passed", problems: [] });
  expect(found.evidence).toContain("nobody drafts");
});

test("an allowance that names no change, or gives no reason, is refused with its place", async () => {
  const running = await commit({ [FILE]: V1 });
  await commit({ [FILE]: `${V1}\nx-sampan-allow: [{ change: path-remvoed, because: x }, { change: path-removed }]\n` });
  const found = await check({ running });
  expect(found.verdict).toBe("failed");
  expect(found.problems.map(({ code, line, column }) => [code, line, column])).toEqual([
    ["contract-allowance", 6, 18],
    ["contract-allowance", 6, 56],
  ]);
});

test("references into other files are followed, in the commit that they are of", async () => {
  const split = "openapi: 3.0.3\npaths: { /v1/a: { $ref: 'paths/a.yaml' } }\n";
  const item = (type: string) =>
    `get: { responses: { 200: { content: { application/json: { schema: { $ref: '../schemas.yaml#/A' } } } } } }\n#${type}`;
  const schemas = (type: string) => `A: { type: object, properties: { id: { type: ${type} } } }`;
  const running = await commit({
    [FILE]: split,
    "services/blog/paths/a.yaml": item("x"),
    "services/blog/schemas.yaml": schemas("string"),
  });
  await commit({ "services/blog/schemas.yaml": schemas("integer") });
  const found = await check({ running });
  expect(found.problems).toMatchObject([{ file: "services/blog/schemas.yaml", line: 1 }]);
  expect(found.problems[0]?.message).toContain("A.id: it was string, and is integer");
});

test("a contract that was moved is found; one that is gone is refused, unless it is said that there is none", async () => {
  const running = await commit({ "services/blog/docs/openapi.yaml": V1 });
  await commit({ "services/blog/docs/openapi.yaml": null, [FILE]: V1 });
  expect(await check({ running })).toMatchObject({ verdict: "passed" });
  await commit({ [FILE]: null });
  expect(await check({ running, none: true })).toMatchObject({
    verdict: "failed",
    problems: [{ code: "contract-gone" }],
  });
  expect(await check({ running, none: true, declared: true })).toMatchObject({ verdict: "passed" });
  expect(await check({ running, none: true, callers: [] })).toMatchObject({ verdict: "passed" });
});

test("a commit that is not here is inconclusive, with the way to fetch it; what is broken is refused with its place", async () => {
  await commit({ [FILE]: V1 });
  const missing = await check({ running: "0123456789012345678901234567890123456789" });
  expect(missing).toMatchObject({ verdict: "inconclusive", problems: [{ code: "contract-not-compared" }] });
  expect(missing.problems[0]?.hint).toContain("git fetch");
  expect(await check({ running: null })).toMatchObject({ verdict: "passed" });
  const running = await commit({ [FILE]: "openapi: 3.0.3\npaths: { /a: { $ref: nowhere.yaml } }\n" });
  expect(await check({ running: null })).toMatchObject({
    verdict: "failed",
    problems: [{ code: "contract-missing", file: FILE, line: 2, column: 22 }],
  });
  await commit({ [FILE]: V1 });
  // What runs cannot be corrected any more: its replacement is let through.
  expect(await check({ running })).toMatchObject({ verdict: "passed" });
});
