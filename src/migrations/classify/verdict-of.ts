import { type Problem, problem } from "../../problem.ts";
import { positionsAt } from "../position.ts";
import type { Allowance } from "./allowances.ts";
import type { ScriptInput } from "./classify-files.ts";
import { extended, type Held, heaviest, lockOf } from "./lock-verdict.ts";
import type { ParsedScript } from "./parse-for-verdict.ts";
import { judge } from "./rules/all.ts";
import type { Finding } from "./rules/rule.ts";
import { shortLine } from "./short-line.ts";
import type { FileVerdict, StatementVerdict } from "./verdict.ts";
import { apply } from "./world/apply.ts";
import type { World } from "./world/world.ts";

type Against = Readonly<{
  world: World;
  /** The world goes on with what the file did. */
  keep: boolean;
}>;

export function verdictOf(input: ScriptInput, script: ParsedScript, { world, keep }: Against): FileVerdict {
  const { file, direction } = input;
  if (script.kind === "unreadable") {
    return { file, direction, phase: "unknown", statements: [], problems: [script.problem] };
  }
  const nodes = script.statements.map(({ node }) => node);
  const places = positionsAt(
    input.sql,
    script.statements.map(({ offset }) => offset),
  );
  const used = new Set<Allowance>();
  const verdicts: StatementVerdict[] = [];
  let held: Held | null = null;
  let inside = input.transaction;
  for (const [index, statement] of script.statements.entries()) {
    const { line, column } = places[index] ?? { line: 1, column: 1 };
    if ("TransactionStmt" in statement.node) {
      const begins = /BEGIN|START/.test(statement.node.TransactionStmt.kind ?? "");
      inside = begins || (inside && !/COMMIT|ROLLBACK$/.test(statement.node.TransactionStmt.kind ?? ""));
      held = null;
    }
    const findings = judge(statement.node, { world, script: nodes, index });
    const before = held;
    for (const finding of unrepeated(findings)) {
      const own = lockOf(finding);
      const lock = extended(own, before);
      const allowance =
        script.allowances.find((one) => one.statement === index && one.rule === finding.rule.name) ?? null;
      if (allowance !== null) used.add(allowance);
      verdicts.push({
        file,
        line,
        column,
        text: shortLine(statement.text),
        compatibility: finding.compatibility ?? finding.rule.compatibility,
        lock,
        row: finding.rule.row,
        rule: finding.rule.name,
        why: whyOf(finding, lock.blocks !== own.blocks || lock.unsafe !== own.unsafe ? before : null),
        condition: conditionOf(finding),
        safeWay: finding.safeWay === undefined ? finding.rule.safeWay : finding.safeWay,
        allowed: allowance === null ? null : { because: allowance.because },
        undecided: finding.undecided ?? null,
        breaks: finding.breaks ?? finding.rule.breaks,
      });
      if (inside) held = heaviest(held, own, line);
    }
    if (keep || index < nodes.length - 1) apply(world, statement.node, keep);
  }
  const problems = [...script.problems, ...unused(input, script.allowances, used)];
  const template = problems.some(({ code }) => code === "migration-template");
  return { file, direction, phase: template ? "unknown" : phaseOf(verdicts), statements: verdicts, problems };
}

/** Several objects of one statement often meet the same rule: told once, with all that is locked. */
function unrepeated(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings;
  const kept = new Map<string, Finding>();
  for (const finding of findings) {
    const { on, ...rest } = finding;
    const key = JSON.stringify({ ...rest, rule: finding.rule.name });
    const before = kept.get(key);
    kept.set(key, before === undefined ? finding : { ...finding, on: [...new Set([...before.on, ...on])] });
  }
  const all = [...kept.values()];
  // What nobody notices is not worth a line beside what somebody may.
  const telling = all.filter(({ rule }) => rule.row !== 1 && rule.name !== "nothing-to-do");
  return telling.length > 0 ? telling : all.slice(0, 1);
}

const whyOf = (finding: Finding, held: Held | null): string => {
  const why = finding.why ?? finding.rule.why;
  return held === null
    ? why
    : `${why}; meanwhile the ${held.mode} lock of line ${held.line} on ${held.on.join(", ")} is held`;
};

function conditionOf(finding: Finding): string | null {
  const compatibility = finding.compatibility ?? finding.rule.compatibility;
  if (compatibility !== "expand-if") return null;
  return finding.condition === undefined ? finding.rule.condition : finding.condition;
}

/** What was allowed runs with the rest. */
function phaseOf(verdicts: readonly StatementVerdict[]): FileVerdict["phase"] {
  const has = (wanted: StatementVerdict["compatibility"]) =>
    verdicts.some(({ compatibility, allowed }) => compatibility === wanted && allowed === null);
  if (has("unknown")) return "unknown";
  if (has("contract")) return "contract";
  const acting = verdicts.filter(({ rule }) => rule !== "nothing-to-do");
  return acting.length > 0 && acting.every(({ compatibility }) => compatibility === "data") ? "data" : "expand";
}

function unused(input: ScriptInput, all: readonly Allowance[], used: ReadonlySet<Allowance>): readonly Problem[] {
  return all
    .filter((one) => !used.has(one))
    .map(({ rule, line, column }) => ({
      ...problem(
        "migration-allow",
        `nothing here meets the rule ${rule}: the allowance allows nothing`,
        "delete it, or name the rule that the verdict names",
      ),
      file: input.file,
      line,
      column,
    }));
}
