import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { fleetFor } from "../checks/testing.ts";
import type { ReleaseRecord, Store } from "../engine/store.ts";
import { reportedReleases } from "./report.ts";

const root = mkdtempSync(join(tmpdir(), "sampan-report-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A commit made at that second since the epoch. */
function commit(second: number): string {
  const GIT_COMMITTER_DATE = `@${second} +0000`;
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=Tiny", "-c", "user.email=tiny@example.org", ...args], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, GIT_COMMITTER_DATE },
    }).trim();
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "--message=one");
  return git("rev-parse", "HEAD");
}

it("tells which commits each release brought, and asks for none of those before the period", async () => {
  const [a, , c, d] = [1000, 2000, 3000, 4000].map(commit);
  const release = (id: string, endedAt: number, over: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
    ...{ id, environment: "staging", kind: "deploy", status: "verified", commit: null, by: "ann", createdAt: endedAt },
    ...{ endedAt, plan: { services: [] } as never, evidence: {} },
    ...over,
  });
  const releases = [
    release("first", 1, { commit: a ?? "" }),
    release("second", 2, { commit: c ?? "" }),
    release("thrown-back", 3, { commit: d ?? "", status: "rolled-back" }),
    release("back", 4, { kind: "rollback" }),
    release("again", 5, { commit: d ?? "" }),
    release("unknown", 6, { commit: "f".repeat(40) }),
  ];
  const store = { releases: async () => releases.toReversed() } as unknown as Store;
  const at = { fleet: fleetFor(root), store: async () => store, signal: new AbortController().signal };
  const commits = async (since: number) =>
    (await reportedReleases(at, { name: "staging" }, since)).map((one) => [one.id, one.commits]);
  expect(await commits(0)).toEqual([
    ["first", [1_000_000]],
    ["second", [3_000_000, 2_000_000]],
    ["thrown-back", []],
    ["back", []],
    ["again", [4_000_000]],
    ["unknown", []],
  ]);
  expect((await commits(2)).slice(0, 2)).toEqual([
    ["first", []],
    ["second", [3_000_000, 2_000_000]],
  ]);
});
