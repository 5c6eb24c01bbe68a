import { type Problem, problem } from "../../problem.ts";
import type { SqlStatement } from "../parse-sql.ts";
import { positionAt } from "../position.ts";

export type Allowance = Readonly<{
  rule: string;
  because: string;
  /** Index of the statement that it stands in or before. */
  statement: number;
  line: number;
  column: number;
}>;

const ALLOW = /^--\s*sampan:\s*allow\b(.*)$/;
const WHOLE = /^\s+([a-z][a-z0-9-]*)\s+because\s+(\S.*)$/;

/**
 * `-- sampan: allow RULE because …`, in a line of its own before the statement, or inside it. Read by PostgreSQL's own scanner, so
 * that none is found inside a string.
 */
export async function readAllowances(
  file: string,
  text: string,
  statements: readonly SqlStatement[],
): Promise<Readonly<{ allowances: readonly Allowance[]; problems: readonly Problem[] }>> {
  if (!/--\s*sampan:\s*allow/.test(text)) return { allowances: [], problems: [] };
  const { scan } = await import("libpg-query");
  const bytes = Buffer.from(text);
  const { tokens } = await scan(text);
  const allowances: Allowance[] = [];
  const problems: Problem[] = [];
  for (const token of tokens) {
    if (token.tokenName !== "SQL_COMMENT") continue;
    const comment = bytes.subarray(token.start, token.end).toString().trim();
    const rest = ALLOW.exec(comment)?.[1];
    if (rest === undefined) continue;
    const offset = [...bytes.subarray(0, token.start).toString()].length;
    const place = positionAt(text, offset);
    const [, rule, because] = WHOLE.exec(rest) ?? [];
    const statement = statements.findIndex((one) => offset < one.offset + [...one.text].length);
    const refuse = (message: string, hint: string) =>
      problems.push({ ...problem("migration-allow", message, hint), file, ...place });
    if (rule === undefined || because === undefined) {
      refuse("an allowance names a rule and a reason", "write `-- sampan: allow RULE because …`");
    } else if (statement < 0) {
      refuse("an allowance stands before the statement that it allows, and no statement follows", "move or delete it");
    } else {
      allowances.push({ rule, because: because.trim(), statement, ...place });
    }
  }
  return { allowances, problems };
}
