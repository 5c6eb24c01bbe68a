import type { Problem } from "../problem.ts";
import type { Script, Statement, StatementKind } from "./migration.ts";
import { parseSql, type SqlNode } from "./parse-sql.ts";
import { positionAt } from "./position.ts";

export type ParsedScript = Readonly<{
  script: Script;
  irreversible: string | null;
  after: readonly string[];
  problems: readonly Problem[];
}>;

/** Takes an SQL file apart with PostgreSQL's own grammar, so that what cannot be run is refused before any database is touched. */
export async function parseScript(file: string, text: string): Promise<ParsedScript> {
  const header = readHeader(text);
  const problems: Problem[] = [];
  const refuse = (code: string, offset: number, message: string, hint: string) =>
    problems.push({ code, file, ...positionAt(text, offset), message, hint });
  for (const unknown of header.unknown) {
    refuse("migration-directive", unknown.offset, `unknown directive "${unknown.text}"`, DIRECTIVES);
  }
  if (text.includes("\0")) {
    refuse("migration-not-text", 0, "the file holds a NUL character", "save it as plain UTF-8 text");
    return { script: { file, text, statements: [], transaction: header.transaction }, ...header, problems };
  }

  const statements: Statement[] = [];
  const parsed = await parseSql(text);
  if (parsed.kind === "error") {
    refuse("migration-syntax", parsed.offset, parsed.message, "correct the statement at this place");
  } else {
    if (parsed.statements.length === 0) {
      refuse("migration-empty", 0, "the file holds no statement", "write what it should do, or delete the pair");
    }
    for (const { node, text: statement, offset } of parsed.statements) {
      statements.push({ text: statement, offset, kind: kindOf(node) });
      const refused = whyRefused(node, header.transaction);
      if (refused !== null) refuse(refused.code, offset, refused.message, refused.hint);
    }
  }
  return { script: { file, text, statements, transaction: header.transaction }, ...header, problems };
}

/** Only what stands at its top. */
export function unparsedScript(file: string, text: string): ParsedScript {
  const { transaction, irreversible, after } = readHeader(text);
  return { script: { file, text, statements: [], transaction }, irreversible, after, problems: [] };
}

const DIRECTIVES =
  "known: `-- sampan: no-transaction`, `-- sampan: irreversible because …`, `-- sampan: after NNNN_name`, `-- sampan: allow RULE because …`";

/** Directives stand in the comment lines at the top of the file, before the first statement. */
function readHeader(text: string) {
  let transaction = true;
  let irreversible: string | null = null;
  const after: string[] = [];
  const unknown: { text: string; offset: number }[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed !== "" && !trimmed.startsWith("--")) break;
    const directive = /^--\s*sampan:\s*(.*)$/.exec(trimmed)?.[1];
    if (directive !== undefined) {
      const because = /^irreversible\s+because\s+(\S.*)$/.exec(directive)?.[1];
      if (directive === "no-transaction") transaction = false;
      else if (because !== undefined) irreversible = because;
      else if (/^after\s+\d{1,9}_[\w-]+$/.test(directive)) after.push(directive.split(/\s+/)[1] ?? "");
      // Of one statement below it, and judged with it.
      else if (!/^allow\b/.test(directive)) unknown.push({ text: directive, offset });
    }
    offset += [...line].length + 1;
  }
  return { transaction, irreversible, after, unknown };
}

function kindOf(node: SqlNode): StatementKind {
  if ("IndexStmt" in node && node.IndexStmt.concurrent === true) {
    const { idxname, relation } = node.IndexStmt;
    return { kind: "create-index-concurrently", schema: relation?.schemaname ?? null, index: idxname ?? "" };
  }
  if ("DropStmt" in node && node.DropStmt.concurrent === true) {
    const indexes = (node.DropStmt.objects ?? []).map((object) => {
      const parts =
        "List" in object
          ? (object.List.items ?? []).map((item) => ("String" in item ? (item.String.sval ?? "") : ""))
          : [];
      return { schema: parts.at(-2) ?? null, index: parts.at(-1) ?? "" };
    });
    return { kind: "drop-index-concurrently", indexes };
  }
  return { kind: "ordinary" };
}

const OWN_TRANSACTION = new Set([
  "TRANS_STMT_BEGIN",
  "TRANS_STMT_START",
  "TRANS_STMT_COMMIT",
  "TRANS_STMT_ROLLBACK",
  "TRANS_STMT_PREPARE",
  "TRANS_STMT_COMMIT_PREPARED",
  "TRANS_STMT_ROLLBACK_PREPARED",
]);

/** Statements that PostgreSQL refuses inside a transaction; those of an index are the only ones a migration needs. */
const OUTSIDE_ONLY: readonly [string, string][] = [
  ["CreatedbStmt", "CREATE DATABASE"],
  ["DropdbStmt", "DROP DATABASE"],
  ["CreateTableSpaceStmt", "CREATE TABLESPACE"],
  ["DropTableSpaceStmt", "DROP TABLESPACE"],
  ["AlterSystemStmt", "ALTER SYSTEM"],
  ["VacuumStmt", "VACUUM"],
];

function whyRefused(node: SqlNode, transaction: boolean): { code: string; message: string; hint: string } | null {
  if ("TransactionStmt" in node && OWN_TRANSACTION.has(node.TransactionStmt.kind ?? "")) {
    const word = String(node.TransactionStmt.kind).replace("TRANS_STMT_", "").replaceAll("_", " ");
    return {
      code: "migration-transaction",
      message: `${word} in a migration: each file already runs in one transaction, together with its record`,
      hint: `delete this statement`,
    };
  }
  if ("CopyStmt" in node && node.CopyStmt.filename === undefined && node.CopyStmt.is_program !== true) {
    return {
      code: "migration-copy",
      message: "COPY from or to the client: a migration has no client that could send or read the rows",
      hint: "use INSERT",
    };
  }
  for (const [tag, words] of OUTSIDE_ONLY) {
    if (tag in node && !(tag === "VacuumStmt" && "VacuumStmt" in node && node.VacuumStmt.is_vacuumcmd !== true)) {
      return {
        code: "migration-outside",
        message: `${words} is upkeep of a database server and cannot be recorded together with what it does`,
        hint: "run it apart from the migrations",
      };
    }
  }
  const kind = kindOf(node);
  if (transaction) {
    if (kind.kind === "ordinary") return null;
    return {
      code: "migration-concurrently",
      message: "an index is made or dropped CONCURRENTLY, which cannot run inside a transaction",
      hint: "put it into a file of its own that begins with `-- sampan: no-transaction`",
    };
  }
  // Without a transaction a file may stop anywhere: only what can be looked up afterwards, and so repeated, is allowed.
  if (kind.kind === "ordinary" || (kind.kind === "create-index-concurrently" && kind.index === "")) {
    return {
      code: "migration-no-transaction",
      message:
        "a `no-transaction` file may only hold CREATE INDEX CONCURRENTLY (with a name) and DROP INDEX CONCURRENTLY",
      hint: "name the index, and move other statements to a migration of their own, which runs in a transaction",
    };
  }
  return null;
}
