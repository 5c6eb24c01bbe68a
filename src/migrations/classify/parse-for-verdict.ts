import { type Problem, problem } from "../../problem.ts";
import { parseSql, type SqlStatement } from "../parse-sql.ts";
import { positionAt } from "../position.ts";
import { type Allowance, readAllowances } from "./allowances.ts";
import type { ScriptInput } from "./classify-files.ts";

export type ParsedScript =
  | Readonly<{ kind: "unreadable"; problem: Problem }>
  | Readonly<{
      kind: "parsed";
      statements: readonly SqlStatement[];
      allowances: readonly Allowance[];
      problems: readonly Problem[];
    }>;

/** A name that a program fills in before PostgreSQL sees it: Go's and Jinja's braces, EJS, `${…}`. */
const TEMPLATE = /\{\{|\{%|<%|\$\{/;

/** Never throws: whatever bytes are in a file, it can be read or is said to be unreadable. */
export async function parseForVerdict({ file, sql }: ScriptInput): Promise<ParsedScript> {
  const refuse = (code: string, offset: number, message: string, hint: string): ParsedScript => ({
    kind: "unreadable",
    problem: { ...problem(code, message, hint), file, ...positionAt(sql, offset) },
  });
  const nul = sql.indexOf("\0");
  if (nul >= 0) {
    return refuse("migration-not-text", nul, "the file holds a NUL character", "save it as plain UTF-8 text");
  }
  const parsed = await parseSql(sql);
  if (parsed.kind === "parsed") {
    return { ...parsed, ...(await readAllowances(file, sql, parsed.statements)) };
  }
  const template = TEMPLATE.exec(sql);
  if (template !== null) {
    const offset = [...sql.slice(0, template.index)].length;
    return refuse(
      "migration-template",
      offset,
      "the file is a template: a program fills it in before PostgreSQL sees it",
      "run it through its own tool by `migrations: { command: … }`; it is then proven, not classified",
    );
  }
  return refuse("migration-syntax", parsed.offset, parsed.message, "correct the statement at this place");
}
