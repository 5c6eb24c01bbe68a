import { describe, expect, it } from "vitest";
import { checkBranch } from "./branch.ts";

const head = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d";
const upstream = { name: "origin/main", ahead: 0, behind: 0 };
const remote = { name: "origin", url: "", reached: "yes", why: "" } as const;
const here = { branch: "main" as string | null, head, upstream, remote, tags: [] as string[] };
const production = { name: "production", branch: "main" as string | null, tag: null as string | null };
const codes = (found: ReturnType<typeof checkBranch>) => found.problems.map(({ code }) => code);

describe("the branch check", () => {
  it("knows patterns", () => {
    const release = { ...production, branch: "release/*" };
    expect(checkBranch(release, { ...here, branch: "release/2" }).verdict).toBe("passed");
    expect(codes(checkBranch(release, here))).toEqual(["wrong-branch"]);
  });

  it("takes a fitting tag for a branch, behind its remote or not", () => {
    const tagged = { ...here, branch: null, tags: ["other", "v1.2.1"], upstream: { ...upstream, behind: 9 } };
    expect(checkBranch({ ...production, tag: "v*" }, tagged)).toMatchObject({
      verdict: "passed",
      evidence: "tag v1.2.1 at 1a2b3c4",
    });
    expect(codes(checkBranch({ ...production, tag: "w*" }, tagged))).toEqual(["detached-head"]);
  });

  it("is told by a tag alone where the environment names no branch", () => {
    const found = checkBranch({ ...production, branch: null, tag: "v*" }, here);
    expect(found.problems[0]).toMatchObject({
      code: "wrong-branch",
      message: "production is deployed from a tag v*, not from main",
    });
  });

  it("still refuses what is behind its remote", () => {
    expect(codes(checkBranch(production, { ...here, upstream: { ...upstream, behind: 1 } }))).toEqual([
      "behind-remote",
    ]);
  });
});
