import type { ParseResult } from "libpg-query";

export type SqlNode = NonNullable<NonNullable<ParseResult["stmts"]>[number]["stmt"]>;

/** A statement and where it begins, in characters (code points, as PostgreSQL's errors count them). */
export type SqlStatement = Readonly<{ node: SqlNode; text: string; offset: number }>;

export type ParsedSql =
  | Readonly<{ kind: "error"; offset: number; message: string }>
  | Readonly<{ kind: "parsed"; statements: readonly SqlStatement[] }>;

/** PostgreSQL's own grammar over a text without NUL characters. Every statement begins at its first word, after spaces and comments. */
export async function parseSql(text: string): Promise<ParsedSql> {
  if (text.trim() === "") return { kind: "parsed", statements: [] };
  // 2 MB of WebAssembly: only those who have migrations load it.
  const { parse, hasSqlDetails } = await import("libpg-query");
  try {
    const result = await parse(text);
    const bytes = Buffer.from(text);
    let counted = 0;
    let characters = 0;
    const statements = (result.stmts ?? []).flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
      if (stmt === undefined) return [];
      // The grammar speaks of bytes, errors and people of characters.
      characters += [...bytes.subarray(counted, start).toString()].length;
      counted = start;
      const end = length === undefined || length === 0 ? bytes.length : start + length;
      return [{ node: stmt, text: bytes.subarray(start, end).toString(), offset: characters }];
    });
    return { kind: "parsed", statements };
  } catch (error) {
    const details = hasSqlDetails(error) ? error.sqlDetails : undefined;
    return {
      kind: "error",
      offset: Math.max(0, details?.cursorPosition ?? 0),
      message: error instanceof Error ? error.message : String(error),
    };
  }
}
