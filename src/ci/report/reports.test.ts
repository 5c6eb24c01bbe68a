import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { HOSTILE } from "../../../test/ci/hostile-texts.ts";
import { desiredOf, serviceOf } from "../../../test/fleet-samples.ts";
import { sha256 } from "../../io/digest.ts";
import { oneLine } from "../../plain.ts";
import { makePlan } from "../../plan/make-plan.ts";
import { problem } from "../../problem.ts";
import { annotationsOf } from "./annotations.ts";
import { dotenvOf } from "./dotenv.ts";
import { junitOf } from "./junit.ts";
import { summaryOf, words } from "./markdown.ts";
import { mermaidOf } from "./mermaid.ts";
import { type CiDocument, statusOf } from "./outcome.ts";

const documentWith = (text: string): CiDocument => ({
  formatVersion: 1,
  run: { provider: "github", event: "push", ref: { kind: "branch", name: text }, into: text, commit: null, page: text },
  decision: { kind: "deploy", environments: ["staging"], why: `a push to branch ${text}` },
  base: null,
  affected: [{ name: "auth", because: "changed" }],
  checks: [
    {
      kind: "test",
      service: "auth",
      verdict: "failed",
      took: 1234,
      evidence: text,
      problems: [problem("x", text, text)],
    },
    { kind: "branch", service: null, verdict: "inconclusive", took: 0, evidence: text, problems: [] },
  ],
  releases: [
    {
      formatVersion: 1,
      release: "r1",
      environment: "staging",
      status: "rolled-back",
      seconds: 2,
      services: [
        {
          name: "auth",
          from: null,
          to: "1a2b3c4.9f0e",
          status: "rolled-back",
          seconds: 1,
          gates: [{ kind: "smoke", verdict: "failed", evidence: text }],
        },
      ],
      approval: [
        { item: "told", text, automatic: null, required: true, state: "filled", evidence: text, by: [text] },
        { item: "way-back", text, automatic: "rollback", required: true, state: "open", evidence: text, by: [] },
      ],
      problems: [{ ...problem("smoke-failed", text, text), file: `/repo/${text}`, line: 3, column: 4 }],
    },
  ],
  problems: [problem("x", text, text)],
});

/** What a terminal or a page would take for more than a letter. */
const ACTIVE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const decoded = (line: string): string =>
  line
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%25", "%");
const FIXED = documentWith("harmless");

describe.each(HOSTILE.map((text) => [JSON.stringify(text), text] as const))("with %s in every place", (_, text) => {
  const document = documentWith(text);

  it("as many annotations are printed as without it, each one line", () => {
    const lines = annotationsOf(document, "/repo");
    expect(lines).toHaveLength(annotationsOf(FIXED, "/repo").length);
    for (const line of lines) {
      expect(line).not.toMatch(ACTIVE);
      // As a runner reads it: what is decoded afterwards must not end the line either.
      expect(decoded(line)).not.toMatch(ACTIVE);
      expect(line).toMatch(/^::(?:notice|error|warning) (?:file=[^:,]*,line=3,col=4,)?title=[^:,]*::/);
    }
  });

  it("the summary has as many lines, and none of its letters means anything", () => {
    const summary = summaryOf({ document, plans: new Map() });
    expect(summary.split("\n")).toHaveLength(summaryOf({ document: FIXED, plans: new Map() }).split("\n").length);
    expect(summary.replaceAll("\n", "")).not.toMatch(ACTIVE);
    expect(words(text)).toMatch(/^(?:&#\d+;|[^!-/:-@[-`{-~])*$/);
    // As it is written it stands nowhere, unless all of it is letters.
    expect(summary.includes(oneLine(text))).toBe(words(text) === oneLine(text));
  });

  it("the plan's graph has as many lines, and each label ends where it should", () => {
    const plan = makePlan(desiredOf([serviceOf("auth", "a")]), { environment: "staging", services: {} }, sha256);
    const named = (name: string) => {
      const of = (id: string) => `${name} ${id}`;
      return mermaidOf({
        ...plan,
        steps: plan.steps.map((step) => ({ ...step, id: of(step.id), after: step.after.map(of) })),
      });
    };
    const lines = named(text).split("\n");
    expect(lines).toHaveLength(named("harmless").split("\n").length);
    for (const line of lines.slice(2, 2 + plan.steps.length))
      expect(line).toMatch(/^ {2}n\d+\["(?:[\w .-]|#\d+;)*"\]$/);
  });

  it("the JUnit report has as many elements", () => {
    const elements = (xml: string) => [...xml.matchAll(/<\/?[a-z]+/g)].map(([tag]) => tag);
    const report = junitOf(document);
    expect(elements(report)).toEqual(elements(junitOf(FIXED)));
    expect(report.replaceAll("\n", "")).not.toMatch(ACTIVE);
  });

  it("the variables are those of any other run", () => {
    expect(dotenvOf(document)).toBe(dotenvOf(FIXED));
  });
});

describe("what is told", () => {
  it("names a problem's place inside the repository, and none outside", () => {
    const of = (file: string) =>
      annotationsOf(
        { ...FIXED, releases: [], checks: [], problems: [{ ...problem("bad", "m", null), file, line: 7, column: 2 }] },
        "/repo",
      )[1];
    expect(of("/repo/sampan.yaml")).toBe("::error file=sampan.yaml,line=7,col=2,title=Sampan%3A bad::m");
    expect(of("/etc/passwd")).toBe("::error title=Sampan%3A bad::m");
  });

  it("is one word for scripts", () => {
    const release = FIXED.releases[0];
    if (release === undefined) throw new Error("no release");
    const plain: CiDocument = { ...FIXED, problems: [], checks: [], releases: [] };
    expect(statusOf(FIXED)).toBe("rolled-back");
    expect(statusOf({ ...plain, releases: [{ ...release, status: "verified" }] })).toBe("verified");
    expect(statusOf({ ...plain, problems: [problem("x", "m")] })).toBe("refused");
    expect(statusOf({ ...plain, decision: { kind: "nothing", environments: [], why: "" } })).toBe("nothing");
    expect(statusOf({ ...plain, decision: { kind: "check", environments: ["staging"], why: "" } })).toBe("decided");
    const deploys = { kind: "deploy", environments: ["staging"], why: "" } as const;
    expect(statusOf({ ...plain, decision: deploys })).toBe("decided");
    const checked = FIXED.checks.map((one) => ({ ...one, verdict: "passed" as const }));
    const checks = { kind: "check", environments: ["staging"], why: "" } as const;
    expect(statusOf({ ...plain, decision: checks, checks: checked })).toBe("passed");
  });

  it("is read as YAML is: the variables have no surprises", () => {
    expect(parse(dotenvOf(FIXED).replaceAll("=", ": "))).toMatchObject({
      SAMPAN_STATUS: "rolled-back",
      SAMPAN_AFFECTED: "auth",
    });
  });
});

describe("a plan's graph", () => {
  const nothing = { environment: "staging", services: {} };

  it("shows every step and what it waits for", () => {
    const plan = makePlan(
      desiredOf([serviceOf("auth", "a"), serviceOf("blog", "a", { needs: ["auth"] })]),
      nothing,
      sha256,
    );
    const graph = mermaidOf(plan);
    expect(graph.match(/\["/g)).toHaveLength(plan.steps.length);
    expect(graph.match(/-->/g)).toHaveLength(plan.steps.flatMap(({ after }) => after).length);
  });

  it("shows services where steps would be too many", () => {
    const services = Array.from({ length: 40 }, (_, at) => serviceOf(`s${at}`, "a", { needs: at === 0 ? [] : ["s0"] }));
    const graph = mermaidOf(makePlan(desiredOf(services), nothing, sha256));
    expect(graph.match(/\["/g)).toHaveLength(40);
    expect(graph).toContain('n0["s0"]');
  });
});
