import { type DoStmt, parsePlPgSQLSync, parseSync } from "libpg-query";
import type { SqlNode } from "../parse-sql.ts";
import { callsIn, dotted, walk } from "./ast.ts";

/** What is in a block that does more than its plain statements say: it builds SQL, or calls what may do anything. */
const OPAQUE = new Set([
  "PLpgSQL_stmt_dynexecute",
  "PLpgSQL_stmt_dynfors",
  "PLpgSQL_stmt_call",
  "PLpgSQL_stmt_perform",
  "PLpgSQL_stmt_open",
  "PLpgSQL_stmt_return_query",
]);

/**
 * The statements of a DO block in the order in which they are written, whatever its conditions; null: what it does cannot be read
 * from its text. PostgreSQL's grammar must be loaded.
 */
export function statementsOf(block: DoStmt): readonly SqlNode[] | null {
  let body = "";
  let language = "plpgsql";
  for (const option of block.args ?? []) {
    if (!("DefElem" in option)) continue;
    if (option.DefElem.defname === "as") body = dotted(option.DefElem.arg)[0] ?? "";
    if (option.DefElem.defname === "language") language = dotted(option.DefElem.arg)[0] ?? "";
  }
  if (language.toLowerCase() !== "plpgsql") return null;
  let quote = "$sampan$";
  while (body.includes(quote)) quote = `${quote.slice(0, -1)}_$`;
  try {
    return statementsIn(parsePlPgSQLSync(`do ${quote}${body}${quote}`));
  } catch {
    return null;
  }
}

function statementsIn(tree: unknown): readonly SqlNode[] | null {
  let opaque = false;
  const queries: string[] = [];
  walk(tree, (tag, node) => {
    if (OPAQUE.has(tag)) opaque = true;
    if (tag === "PLpgSQL_stmt_execsql") {
      const { query } = (node.sqlstmt as { PLpgSQL_expr?: { query?: string } }).PLpgSQL_expr ?? {};
      queries.push(query ?? "");
    } else if (tag === "PLpgSQL_stmt_assign" || tag === "PLpgSQL_stmt_if") {
      const text = JSON.stringify(node.expr ?? node.cond ?? "");
      // A function that is called for its effect hides in any expression.
      if (/\b(?:dblink|setval|pg_terminate_backend|lo_)\w*\s*\(/i.test(text)) opaque = true;
    }
  });
  if (opaque) return null;
  const nodes = queries.flatMap((query) =>
    (parseSync(query).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt])),
  );
  return nodes.some((node) => "CallStmt" in node || callsIn(node).includes("dblink_exec")) ? null : nodes;
}
