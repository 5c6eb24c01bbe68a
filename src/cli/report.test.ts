import { afterEach, describe, expect, it, vi } from "vitest";
import { STALE_FENCE, StepFault } from "../fault.ts";
import { problem, Refused } from "../problem.ts";
import { Interrupted } from "./interruption.ts";
import { report } from "./report.ts";

afterEach(() => vi.restoreAllMocks());

describe("what went wrong", () => {
  it.each([
    ["bad input", new Refused([problem("x", "x")]), 2],
    ["a refusal", new Refused([problem("x", "x")], 3), 3],
    ["a fault before any effect", new StepFault({ code: "agent-not-started", message: "x" }), 3],
    ["a newer deployer", new StepFault({ code: STALE_FENCE, message: "x" }), 6],
    ["Ctrl-C", new Interrupted(), 130],
    ["Ctrl-C inside of something else", new DOMException("aborted", "AbortError"), 130],
    ["anything else", new TypeError("x is not a function"), 1],
  ])("says %s by its exit code", (_, error, code) => {
    const said = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    expect(report(error, true)).toBe(code);
    expect(JSON.parse(String(said.mock.calls[0]?.[0]))).toMatchObject({ problems: [{}] });
  });
});
