import { describe, expect, it } from "vitest";
import { decide, partOf } from "./decide.ts";
import type { CiRun } from "./run.ts";

const head = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d";
const environments = [
  { name: "production", branch: "main", tag: "v*", after: "staging" },
  { name: "staging", branch: "develop", tag: "v*", after: null },
  { name: "preview", branch: null, tag: null, after: null },
];
const run = (change: Partial<CiRun>): CiRun => ({
  provider: "github",
  event: "push",
  eventName: "push",
  ref: null,
  into: null,
  commit: head,
  before: null,
  repository: "shop/backend",
  api: null,
  run: "7",
  job: null,
  page: null,
  actor: null,
  ...change,
});
const push = (kind: "branch" | "tag", name: string, change: Partial<CiRun> = {}) =>
  decide(run({ ref: { kind, name }, ...change }), { environments, head });

describe("what a run is there for", () => {
  it.each([
    ["develop", { kind: "deploy", environments: ["staging"] }],
    ["main", { kind: "deploy", environments: ["production"] }],
    ["feature/a", { kind: "check", environment: "production" }],
    ["v1.0", { kind: "check", environment: "production" }],
  ])("a push to the branch %s", (name, expected) => {
    expect(push("branch", name)).toMatchObject(expected);
  });

  it("a tag: every environment that takes it, what others come after first", () => {
    expect(push("tag", "v1.0.1")).toMatchObject({ kind: "deploy", environments: ["staging", "production"] });
    expect(push("tag", "nightly")).toMatchObject({ kind: "nothing" });
    // A tag that is called as a branch is none.
    expect(push("tag", "main")).toMatchObject({ kind: "nothing" });
  });

  it("a pull request is checked as what it is for, and never deployed", () => {
    const about = (into: string | null) => decide(run({ event: "pull-request", into }), { environments, head });
    expect(about("develop")).toEqual({ kind: "check", environment: "staging", why: "a pull request for develop" });
    expect(about("main")).toMatchObject({ kind: "check", environment: "production" });
    expect(about(null)).toMatchObject({ kind: "check", environment: "production" });
  });

  it("any other event is nothing, and says which", () => {
    expect(decide(run({ event: "other", eventName: "schedule" }), { environments, head })).toEqual({
      kind: "nothing",
      why: "the event schedule neither deploys nor checks",
    });
  });

  it("a person at the provider deploys as a push does", () => {
    expect(push("branch", "develop", { event: "manual" })).toEqual({
      kind: "deploy",
      environments: ["staging"],
      why: "begun by hand on branch develop, which staging takes",
    });
  });

  it("refuses to decide about another commit than the one that is checked out", () => {
    expect(push("branch", "main", { commit: "b".repeat(40) })).toMatchObject({
      kind: "refused",
      problem: { code: "other-commit" },
    });
  });

  it("is nothing where no name can be told", () => {
    expect(decide(run({}), { environments, head })).toMatchObject({ kind: "nothing" });
    expect(decide(run({ ref: { kind: "branch", name: "x" } }), { environments: [], head })).toMatchObject({
      kind: "nothing",
    });
  });
});

describe("a job's part of it", () => {
  const both = push("tag", "v1");

  it("is the checks of a deployment, too", () => {
    const check = { check: true, environment: null };
    expect(partOf(both, check)).toMatchObject({ kind: "check", environment: "staging" });
    expect(partOf(push("branch", "feature/a"), check)).toMatchObject({ kind: "check", environment: "production" });
    expect(partOf(push("tag", "nightly"), check)).toMatchObject({ kind: "nothing" });
  });

  it("is one environment, or nothing where the run is not for it", () => {
    const production = { check: false, environment: "production" };
    expect(partOf(both, production)).toMatchObject({ kind: "deploy", environments: ["production"] });
    expect(partOf(push("branch", "develop"), production)).toMatchObject({ kind: "nothing" });
    expect(partOf(push("branch", "feature/a"), production)).toMatchObject({ kind: "nothing" });
    expect(partOf(both, { check: false, environment: null })).toBe(both);
  });
});
