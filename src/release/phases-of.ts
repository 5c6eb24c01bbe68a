import { basename } from "node:path";
import type { Catalog } from "../migrations/catalog/catalog.ts";
import { classifyFiles } from "../migrations/classify/classify-files.ts";
import { mixedPhases } from "../migrations/classify/mixed-phases.ts";
import type { FileVerdict, StatementVerdict } from "../migrations/classify/verdict.ts";
import type { Migration } from "../migrations/migration.ts";
import type { Phase } from "../plan/plan.ts";
import { type Problem, problem } from "../problem.ts";
import type { AllowedStatement } from "./allowed-statement.ts";

export type Phases = Readonly<{
  of: ReadonlyMap<string, Phase>;
  /** What cannot wait, because the code that brings it needs it, and cannot run either. */
  breaking: ReadonlyMap<string, readonly Problem[]>;
  /** What is let through with a reason. */
  allowed: ReadonlyMap<string, readonly Omit<AllowedStatement, "service">[]>;
  problems: readonly Problem[];
}>;

/**
 * When each of these migrations may run, by what its statements do to code that was written before them. What nobody can tell is refused: it would run
 * too early or never.
 */
export async function phasesOf(migrations: readonly Migration[], catalog: Catalog | null): Promise<Phases> {
  const scripts = migrations.filter(({ batches }) => batches === null);
  const verdicts = await classifyFiles(
    scripts.map(({ up }) => ({ file: up.file, sql: up.text, direction: "up", transaction: up.transaction })),
    { catalog, release: "all" },
  );
  const of = new Map<string, Phase>(migrations.map(({ name }) => [name, "data"]));
  const breaking = new Map<string, readonly Problem[]>();
  const allowed = new Map<string, readonly Omit<AllowedStatement, "service">[]>();
  const problems: Problem[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    const name = scripts[index]?.name ?? "";
    const phase = phaseIn(verdict);
    problems.push(...verdict.problems);
    if (phase === "unknown") problems.push(...verdict.statements.filter(isUnknown).map(undecided));
    of.set(name, phase === "unknown" ? "contract" : phase);
    const needed = verdict.statements.filter((one) => one.allowed === null && NEEDED_AT_ONCE.has(one.rule));
    const through = verdict.statements.flatMap(({ file, line, rule, allowed: given }) =>
      given === null ? [] : [{ file: basename(file), line, rule, because: given.because }],
    );
    if (through.length > 0) allowed.set(name, through);
    const mixed = mixedPhases(verdict);
    const why = [...needed.map(breaks), ...(mixed === null ? [] : [mixed])];
    if (why.length > 0) breaking.set(name, why);
  }
  return { of, breaking, allowed, problems };
}

/** A row that new code reads at its start cannot come after it: whoever says so may put it before. */
function phaseIn({ phase, statements }: FileVerdict): FileVerdict["phase"] {
  const data = statements.filter(({ compatibility }) => compatibility === "data");
  return phase === "data" && data.every(({ allowed }) => allowed !== null) ? "expand" : phase;
}

const isUnknown = ({ compatibility, allowed }: StatementVerdict): boolean =>
  compatibility === "unknown" && allowed === null;

/** Rules whose statement gives the new code the form that it is written for, and takes the old one from the code that runs. */
const NEEDED_AT_ONCE: ReadonlySet<string> = new Set([
  ...["rename-column", "rename-table", "rename-schema", "rename-type", "rename-constraint"],
  ...["add-column-not-null", "add-column-serial", "add-column-json"],
  ...["int-to-bigint", "change-type", "timestamp-zone", "change-composite"],
  ...["replace-function", "overload-function"],
]);

const at = ({ file, line, column }: StatementVerdict, about: Problem): Problem => ({ ...about, file, line, column });

const breaks = (verdict: StatementVerdict): Problem =>
  at(
    verdict,
    problem(
      "migration-breaks-old-code",
      `${basename(verdict.file)}: ${verdict.rule}: ${verdict.why}`,
      `${verdict.safeWay === null ? "" : `${verdict.safeWay}; `}or \`-- sampan: allow ${verdict.rule} because …\``,
    ),
  );

const undecided = (verdict: StatementVerdict): Problem =>
  at(
    verdict,
    problem(
      "migration-undecided",
      `${basename(verdict.file)}: nobody can tell what this does to the code that runs: ${verdict.why}`,
      `${verdict.safeWay === null ? "" : `${verdict.safeWay}; `}or \`-- sampan: allow ${verdict.rule} because …\``,
    ),
  );
