import { describe, expect, it } from "vitest";
import { contextOf, subjectOf } from "../../test/gates/scripted-target.ts";
import { runGate } from "./run-gate.ts";

const run = (script: string, timeout = 20_000) =>
  runGate(
    { kind: "tests", command: [process.execPath, "-e", script], timeout },
    subjectOf({}, { root: "/tmp" }),
    contextOf(),
  );

describe("the tests of the whole", () => {
  it("pass by exit 0, in the repository's root, knowing the router", async () => {
    const script =
      'process.exit(process.cwd() === "/tmp" && process.env.SAMPAN_ENTRANCE === "http://127.0.0.1:1" ? 0 : 1)';
    expect(await run(script)).toMatchObject({ kind: "tests", verdict: "passed" });
  });

  it("fail by any other, and show what they said, secrets masked", async () => {
    const result = await run('console.log("expected 200 for hunter2"); process.exit(3)');
    expect(result).toMatchObject({
      verdict: "failed",
      evidence: expect.stringContaining("expected exit 0, got exit 3"),
    });
    expect(result.detail.join()).toContain("expected 200 for ***");
  });

  it("fail when they do not end", async () => {
    expect(await run("setInterval(() => {}, 1000)", 300)).toMatchObject({
      verdict: "failed",
      evidence: expect.stringContaining("no end within 300 ms"),
    });
  });
});
