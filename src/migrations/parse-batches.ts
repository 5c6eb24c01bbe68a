import type { ParseResult } from "libpg-query";
import type { Problem } from "../problem.ts";
import type { Batches, Script, Statement } from "./migration.ts";
import { positionAt } from "./position.ts";

export type ParsedBatches = Readonly<{ script: Script; batches: Batches | null; problems: readonly Problem[] }>;

type Node = NonNullable<NonNullable<ParseResult["stmts"]>[number]["stmt"]>;

const EXAMPLE = "-- sampan: batches of 1000 by users.id, pause 50ms";
const RANGE = "where id between :from and :to";

const NAME = '(?:"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*)';
const HEADER = new RegExp(
  `^batches\\s+of\\s+(\\d{1,7})\\s+by\\s+((?:${NAME}\\.)?${NAME}\\.${NAME})(?:\\s*,\\s*pause\\s+(\\d{1,5})\\s*(ms|s))?$`,
);

/** Most rows of one batch: a transaction that locks more is felt. */
const MOST = 100_000;
/** Longest pause, ms: the server ends a session that has been idle for 30 s. */
const LONGEST = 10_000;

/**
 * A `.data.sql` file: which keys a batch takes, and statements over the keys from `:from` to `:to`, both included. What would change a row
 * outside its batch, or leave one out between two, is refused here.
 */
export async function parseBatches(file: string, text: string): Promise<ParsedBatches> {
  const problems: Problem[] = [];
  const refuse = (code: string, offset: number, message: string, hint: string) =>
    problems.push({ code, file, ...positionAt(text, offset), message, hint });
  const found = headerOf(text);
  const batches = found === null ? null : readHeader(found.text);
  if (found === null)
    refuse(
      "batches-undeclared",
      0,
      "the file does not say how it is divided into batches",
      `begin it with \`${EXAMPLE}\``,
    );
  else if (typeof batches === "string") refuse("batches-header", found.offset, batches, `such as \`${EXAMPLE}\``);
  const key = batches === null || typeof batches === "string" ? null : batches.key;

  const { parse, scan, hasSqlDetails } = await import("libpg-query");
  const statements: Statement[] = [];
  try {
    const sql = numbered(text, text.trim() === "" ? [] : (await scan(text)).tokens);
    const bytes = Buffer.from(sql);
    const parsed = sql.trim() === "" ? [] : ((await parse(sql)).stmts ?? []);
    for (const { stmt, stmt_location: start = 0, stmt_len: length } of parsed) {
      if (stmt === undefined) continue;
      const end = length === undefined || length === 0 ? bytes.length : start + length;
      const offset = [...bytes.subarray(0, start).toString()].length;
      const own = bytes.subarray(start, end).toString();
      // People look at the first word, not at the comment before it.
      const first = offset + (/^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*/.exec(own)?.[0].length ?? 0);
      statements.push({ text: own, offset, kind: { kind: "ordinary" } });
      const wrong = key === null ? null : whyNotBounded(stmt, key);
      if (wrong !== null) refuse("batches-unbounded", first, wrong, `bound it by the key of the batch: \`${RANGE}\``);
    }
    if (parsed.length === 0)
      refuse("migration-empty", 0, "the file holds no statement", `write one, such as \`update users set … ${RANGE}\``);
  } catch (error) {
    const offset = hasSqlDetails(error) ? Math.max(0, error.sqlDetails?.cursorPosition ?? 0) : 0;
    const message = error instanceof Error ? error.message : String(error);
    refuse("migration-syntax", offset, message, "correct the statement at this place");
  }
  return {
    script: { file, text, statements, transaction: true },
    batches: typeof batches === "string" ? null : batches,
    problems,
  };
}

/** What `:from` and `:to` are to PostgreSQL; padded, so that a place in one text is the same place in the other. */
function numbered(text: string, tokens: readonly Readonly<{ start: number; end: number; text: string }>[]): string {
  const bytes = Buffer.from(text);
  for (const [at, colon] of tokens.entries()) {
    const name = tokens[at + 1];
    if (colon.text !== ":" || name === undefined || name.start !== colon.end) continue;
    const place = name.text.toLowerCase() === "from" ? "$1   " : name.text.toLowerCase() === "to" ? "$2 " : null;
    if (place !== null) bytes.write(place, colon.start);
  }
  return bytes.toString();
}

/** The first `-- sampan: batches …` line above the statements. */
function headerOf(text: string): { text: string; offset: number } | null {
  let offset = 0;
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed !== "" && !trimmed.startsWith("--")) break;
    const directive = /^--\s*sampan:\s*(batches\b.*)$/.exec(trimmed)?.[1];
    if (directive !== undefined) return { text: directive.trim(), offset };
    offset += [...line].length + 1;
  }
  return null;
}

/** A string says what is wrong. */
function readHeader(text: string): Batches | string {
  const [, count, path = "", wait, unit] = HEADER.exec(text) ?? [];
  if (count === undefined) return "the batches are not declared as ROWS by TABLE.KEY";
  const size = Number(count);
  if (size < 1 || size > MOST) return `a batch has 1 to ${MOST} rows, not ${count}`;
  const pause = Number(wait ?? 0) * (unit === "s" ? 1000 : 1);
  if (pause > LONGEST) return `a pause is at most ${LONGEST / 1000} s, not ${wait} ${unit}`;
  const names = [...path.matchAll(new RegExp(NAME, "g"))].map(([name]) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase(),
  );
  return { schema: names.at(-3) ?? null, table: names.at(-2) ?? "", key: names.at(-1) ?? "", size, pause };
}

/** Null: every row that it changes is chosen by a key from `:from` to `:to`. */
function whyNotBounded(node: Node, key: string): string | null {
  const where =
    "UpdateStmt" in node
      ? node.UpdateStmt.whereClause
      : "DeleteStmt" in node
        ? node.DeleteStmt.whereClause
        : "InsertStmt" in node && node.InsertStmt.selectStmt !== undefined && "SelectStmt" in node.InsertStmt.selectStmt
          ? node.InsertStmt.selectStmt.SelectStmt.whereClause
          : null;
  if (where === null) return "a batch is an UPDATE, a DELETE or an INSERT … SELECT";
  const conditions = where === undefined ? [] : conjuncts(where).map((one) => boundOf(one, key));
  if (conditions.includes("both") || (conditions.includes("from") && conditions.includes("to"))) return null;
  return `nothing keeps this statement to the rows of its batch: it needs ${key} between :from and :to, joined by AND`;
}

const conjuncts = (node: Node): readonly Node[] =>
  "BoolExpr" in node && node.BoolExpr.boolop === "AND_EXPR" ? (node.BoolExpr.args ?? []).flatMap(conjuncts) : [node];

function boundOf(node: Node, key: string): "both" | "from" | "to" | null {
  if (!("A_Expr" in node)) return null;
  const { kind, name, lexpr, rexpr } = node.A_Expr;
  if (lexpr === undefined || rexpr === undefined || !isKey(lexpr, key)) return null;
  if (kind === "AEXPR_BETWEEN") {
    const [from, to] = "List" in rexpr ? (rexpr.List.items ?? []) : [];
    return parameterOf(from) === 1 && parameterOf(to) === 2 ? "both" : null;
  }
  const [operator] = name ?? [];
  const word = operator !== undefined && "String" in operator ? operator.String.sval : null;
  if (word === ">=" && parameterOf(rexpr) === 1) return "from";
  return word === "<=" && parameterOf(rexpr) === 2 ? "to" : null;
}

function isKey(node: Node, key: string): boolean {
  const last = "ColumnRef" in node ? node.ColumnRef.fields?.at(-1) : undefined;
  return last !== undefined && "String" in last && last.String.sval === key;
}

/** A cast changes nothing of which one it is. */
function parameterOf(node: Node | undefined): number | null {
  if (node === undefined) return null;
  if ("TypeCast" in node) return parameterOf(node.TypeCast.arg);
  return "ParamRef" in node ? (node.ParamRef.number ?? null) : null;
}
