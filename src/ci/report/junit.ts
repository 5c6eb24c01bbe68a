import type { CheckResult } from "../../checks/check.ts";
import { oneLine } from "../../plain.ts";
import type { CiDocument } from "./outcome.ts";

/** For a text or an attribute; what XML 1.0 has no place for at all becomes a blank. */
const xml = (text: string): string =>
  oneLine(text)
    .replace(/[^\t -\ud7ff\ue000-\ufffd]/g, " ")
    .replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);

type Case = Readonly<{ name: string; seconds: number; verdict: CheckResult["verdict"]; why: string }>;

/** Checks and gates as a JUnit report, which GitLab shows beside the pipeline. What is inconclusive is an error. */
export function junitOf({ checks, releases }: CiDocument): string {
  const suites: readonly (readonly [string, readonly Case[]])[] = [
    ["checks", checks.map(checkCase)],
    ...releases.map(({ environment, services }): readonly [string, readonly Case[]] => [
      environment,
      services.flatMap(({ name, gates }) =>
        gates.map(({ kind, verdict, evidence }) => ({ name: `${name} ${kind}`, seconds: 0, verdict, why: evidence })),
      ),
    ]),
  ];
  const shown = suites.filter(([, cases]) => cases.length > 0);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sampan">\n${shown.map(suite).join("")}</testsuites>\n`;
}

function suite([name, cases]: readonly [string, readonly Case[]]): string {
  const count = (verdict: Case["verdict"]): number => cases.filter((one) => one.verdict === verdict).length;
  const head = `name="${xml(name)}" tests="${cases.length}" failures="${count("failed")}" errors="${count("inconclusive")}"`;
  const lines = cases.map(({ name: what, seconds, verdict, why }) => {
    const open = `    <testcase classname="${xml(name)}" name="${xml(what)}" time="${seconds.toFixed(3)}"`;
    if (verdict === "passed") return `${open}/>\n`;
    const tag = verdict === "failed" ? "failure" : "error";
    return `${open}><${tag} message="${xml(why.slice(0, 1000))}"/></testcase>\n`;
  });
  return `  <testsuite ${head}>\n${lines.join("")}  </testsuite>\n`;
}

const checkCase = ({ kind, service, took, verdict, evidence, problems }: CheckResult): Case => ({
  name: service === null ? kind : `${service} ${kind}`,
  seconds: took / 1000,
  verdict,
  why: problems.map(({ message }) => message).join("; ") || evidence,
});
