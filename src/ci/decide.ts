import type { Environment } from "../fleet/fleet.ts";
import { type Problem, problem } from "../problem.ts";
import { fits } from "../rules/ref-pattern.ts";
import { type CiRun, PROVIDER_NAME, type Ref, runName } from "./run.ts";

type Rules = Pick<Environment, "name" | "branch" | "tag" | "after">;

/** What a run is there for, and why. Names of branches in it are other people's words. */
export type Decision = Readonly<
  /** `environment`: where it would go once merged: its artifacts' kind and its variables' names count. */
  | { kind: "check"; environment: string; why: string }
  /** One after the other; what does not end verified stops the rest. */
  | { kind: "deploy"; environments: readonly string[]; why: string }
  | { kind: "nothing"; why: string }
  | { kind: "refused"; problem: Problem }
>;

/**
 * Pure. Only a push, or a person at the provider, deploys: to the environments that name its branch or tag. Whatever is about somebody's pull request
 * is checked, on whatever branch it pretends to be. An environment that names neither branch nor tag takes no push.
 */
export function decide(
  run: CiRun,
  { environments, head }: Readonly<{ environments: readonly Rules[]; head: string }>,
): Decision {
  const [first] = environments;
  if (first === undefined) return { kind: "nothing", why: "the fleet has no environment" };
  if (run.commit !== null && run.commit !== head && run.event !== "other") {
    return {
      kind: "refused",
      problem: problem(
        "other-commit",
        `${runName(run)} is about commit ${run.commit.slice(0, 7)}, and checked out is ${head.slice(0, 7)}`,
        "check out the run's own commit: what is decided is about nothing else",
      ),
    };
  }
  switch (run.event) {
    case "other":
      return { kind: "nothing", why: `the event ${run.eventName || "of this run"} neither deploys nor checks` };
    case "pull-request": {
      const { into } = run;
      const target =
        into === null ? undefined : environments.find(({ branch }) => branch !== null && fits(branch, into));
      const why = into === null ? "a pull request" : `a pull request for ${into}`;
      return { kind: "check", environment: (target ?? first).name, why };
    }
    case "push":
    case "manual": {
      const { ref } = run;
      if (ref === null)
        return { kind: "nothing", why: `${PROVIDER_NAME[run.provider]} names no branch and no tag that git knows` };
      const taking = inOrder(environments.filter((one) => takes(one, ref)));
      const what = `${run.event === "manual" ? "begun by hand on" : "a push to"} ${ref.kind} ${ref.name}`;
      if (taking.length > 0)
        return {
          kind: "deploy",
          environments: taking.map(({ name }) => name),
          why: `${what}, which ${named(taking)} ${taking.length === 1 ? "takes" : "take"}`,
        };
      if (ref.kind === "branch")
        return { kind: "check", environment: first.name, why: `${what}, which no environment takes` };
      return { kind: "nothing", why: `${what}, which no environment takes` };
    }
  }
}

/** A part of what the run is there for: only checks, or only one of the environments. */
export type Part = Readonly<{ check: boolean; environment: string | null }>;

/** Pure. A workflow has a job for the checks and one for each environment: each takes its part of the decision. */
export function partOf(decision: Decision, { check, environment }: Part): Decision {
  if (decision.kind === "nothing" || decision.kind === "refused") return decision;
  if (check) {
    const [first = ""] = decision.kind === "deploy" ? decision.environments : [];
    return decision.kind === "check" ? decision : { kind: "check", environment: first, why: decision.why };
  }
  if (environment === null) return decision;
  if (decision.kind === "deploy" && decision.environments.includes(environment))
    return { ...decision, environments: [environment] };
  return { kind: "nothing", why: `${decision.why}: nothing for ${environment}` };
}

const takes = ({ branch, tag }: Rules, ref: Ref): boolean => {
  const pattern = ref.kind === "branch" ? branch : tag;
  return pattern !== null && fits(pattern, ref.name);
};

const named = (environments: readonly Rules[]): string => environments.map(({ name }) => name).join(" and then ");

/** What comes after another environment comes after it here as well; else as in the fleet file. */
function inOrder(environments: readonly Rules[]): readonly Rules[] {
  const byName = new Map(environments.map((one) => [one.name, one]));
  const depth = (one: Rules, seen: ReadonlySet<string>): number => {
    const earlier = one.after === null || seen.has(one.name) ? undefined : byName.get(one.after);
    return earlier === undefined ? 0 : 1 + depth(earlier, new Set([...seen, one.name]));
  };
  return [...environments].sort((a, b) => depth(a, new Set()) - depth(b, new Set()));
}
