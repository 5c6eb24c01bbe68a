import { describe, expect, it } from "vitest";
import { patternProblem } from "./pattern-risk.ts";

describe("patternProblem", () => {
  it.each([
    "OutOfMemory",
    "level>=warn",
    "deprecat(?:ed|ion)",
    "ECONN(REFUSED|RESET)? to \\w+:\\d{2,5}",
    "[(+*)]+ (x)",
    "\\(a+\\)+",
    "a.*b",
    "x{1,3}y{2}",
    "^(?<name>a|b) c$",
  ])("takes %s", (pattern) => expect(patternProblem(pattern, true)).toBeNull());

  it.each([
    ["(a+)+", "inside a repetition"],
    ["((a+)b)*", "inside a repetition"],
    ["(?:a*){2,}", "inside a repetition"],
    ["(a?b?)*x", "choice inside"],
    ["(a|a)*b", "choice inside"],
    ["(?:x|(?:y|z))+", "choice inside"],
    ["(a)\\1", "references"],
    ["(?<n>a)\\k<n>", "references"],
    [".*a.*b.*c", "more than two"],
    ["a{1000}", "more than 100"],
    ["a{1,1000}", "more than 100"],
    ["(", "Invalid regular expression"],
    ["[b-a]", "Invalid regular expression"],
    ["level=error", "expected level>="],
    ["level >= loud", "expected level>="],
  ])("refuses %s", (pattern, why) => expect(patternProblem(pattern, true)).toContain(why));

  it("knows that a level cannot be ignored", () => {
    expect(patternProblem("level>=warn", false)).toContain("cannot be ignored");
  });
});
