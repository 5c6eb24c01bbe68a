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

/** What a program fills in before PostgreSQL sees it: Go's and Jinja's braces, EJS, `${…}`. */
const TEMPLATE = /\{\{[^\n]*?\}\}|\{%[^\n]*?%\}|<%[^\n]*?%>|\$\{[^\n]*?\}/g;

/** As they stand inside strings and bodies of functions, where the grammar does not look; not an array such as '{{1,2},{3,4}}'. */
const NAMED = /\{\{-?\s*(?:\.\w|index\s|[A-Za-z_]\w*\s*\}\})/;

/** Stands for a name in a template; as long as what it replaces, so that places stay true. */
const standIn = (text: string): string => "t".padEnd([...text].length, "_");

/** Where a program fills a file in before PostgreSQL sees it; -1: nowhere. What can be parsed as it stands is one only by a name. */
export const templateAt = (sql: string, parsed: boolean): number => sql.search(parsed ? NAMED : TEMPLATE);

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
  const template = templateAt(sql, parsed.kind === "parsed");
  if (template >= 0) {
    const filled = await parseSql(sql.replaceAll(TEMPLATE, standIn));
    const unreadable = refuse(
      "migration-template",
      [...sql.slice(0, template)].length,
      "the file is a template: a program fills it in before PostgreSQL sees it",
      "it is proven on a scratch database through its own tool; what is said of its statements holds for names alone",
    );
    if (filled.kind === "error" || unreadable.kind !== "unreadable") return unreadable;
    return { kind: "parsed", statements: filled.statements, allowances: [], problems: [unreadable.problem] };
  }
  if (parsed.kind === "parsed") return { ...parsed, ...(await readAllowances(file, sql, parsed.statements)) };
  return refuse("migration-syntax", parsed.offset, parsed.message, "correct the statement at this place");
}
