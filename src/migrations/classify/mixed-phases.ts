import { type Problem, problem } from "../../problem.ts";
import type { FileVerdict, StatementVerdict } from "./verdict.ts";

/**
 * A file runs whole. One that adds what the new code needs and also takes away what the old code needs could only run at a moment when
 * neither works.
 */
export function mixedPhases({ file, direction, statements }: FileVerdict): Problem | null {
  if (direction === "down") return null;
  const taking = statements.find(({ compatibility, allowed }) => compatibility === "contract" && allowed === null);
  const adding = statements.find(adds);
  if (taking === undefined || adding === undefined) return null;
  return {
    ...problem(
      "migration-mixed",
      `one file both adds (line ${adding.line}: ${adding.rule}) and takes away (line ${taking.line}: ${taking.rule}): ${taking.why}`,
      `move line ${taking.line} into a migration of its own, which waits until nothing needs the old form`,
    ),
    file,
    line: taking.line,
    column: taking.column,
  };
}

/** What new code needs before it starts; a new table counts as much as a new column. */
const adds = ({ compatibility, rule, row }: StatementVerdict): boolean =>
  (compatibility === "expand" || compatibility === "expand-if") && row !== null && !PASSING.has(rule);

/** Steps of taking something away, and what nobody waits for. */
const PASSING: ReadonlySet<string> = new Set([
  ...["upkeep", "validate-constraint", "drop-not-null", "drop-constraint", "drop-index", "rename-index"],
  ...["rename-constraint", "revoke-default", "loosen-domain", "rewrite-table", "refresh-view", "reindex", "grant"],
]);
