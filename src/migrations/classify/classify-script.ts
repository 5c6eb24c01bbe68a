import { parseSql } from "../parse-sql.ts";
import { positionsAt } from "../position.ts";
import type { FileVerdict, StatementVerdict } from "./verdict.ts";

/** What each statement of an SQL file does to the code that is running, by its text alone or with the database's catalog. */
export async function classifyScript(
  input: Readonly<{ file: string; sql: string; direction: "up" | "down" }>,
): Promise<FileVerdict> {
  const parsed = await parseSql(input.sql);
  if (parsed.kind === "error") return { ...input, phase: "unknown", statements: [] };
  const places = positionsAt(
    input.sql,
    parsed.statements.map(({ offset }) => offset),
  );
  const statements = parsed.statements.map(
    ({ text }, index): StatementVerdict => ({
      file: input.file,
      line: places[index]?.line ?? 1,
      column: places[index]?.column ?? 1,
      text: text.split("\n", 1)[0] ?? "",
      compatibility: "unknown",
      lock: { mode: "AccessExclusive", on: [], rewrite: true, scan: true, blocks: "reads", unsafe: true },
      row: 62,
      rule: "unknown-statement",
      why: "no rule knows this statement",
      condition: null,
      safeWay: null,
      allowed: null,
      undecided: null,
      breaks: [],
    }),
  );
  const phase = statements.length === 0 ? "expand" : "unknown";
  return { file: input.file, direction: input.direction, phase, statements };
}
