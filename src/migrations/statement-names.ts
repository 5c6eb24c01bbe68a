import type { ParseResult } from "libpg-query";

type Node = NonNullable<NonNullable<ParseResult["stmts"]>[number]["stmt"]>;

export type StatementNames = Readonly<{
  /** What it takes away, makes, renames or gives another type, each as the names that one must say to mean it. */
  changes: readonly (readonly string[])[];
  /** Every name and word that it says, those inside of functions and DO blocks too. */
  mentions: ReadonlySet<string>;
}>;

/** The names in an SQL text that PostgreSQL's grammar takes. */
export async function statementNames(text: string): Promise<StatementNames> {
  if (text.trim() === "") return { changes: [], mentions: new Set() };
  const { parse } = await import("libpg-query");
  const changes: string[][] = [];
  const mentions = new Set<string>();
  for (const { stmt } of (await parse(text)).stmts ?? []) {
    if (stmt === undefined) continue;
    changes.push(...changesOf(stmt));
    collect(stmt, mentions);
  }
  return { changes, mentions };
}

function collect(value: unknown, words: Set<string>): void {
  if (typeof value === "string") for (const [word] of value.matchAll(/[\p{L}_][\p{L}\p{N}_$]*/gu)) words.add(word);
  else if (Array.isArray(value)) for (const item of value) collect(item, words);
  else if (value !== null && typeof value === "object") for (const item of Object.values(value)) collect(item, words);
}

function changesOf(node: Node): string[][] {
  if ("RenameStmt" in node) {
    const { relation, subname, newname } = node.RenameStmt;
    const table = relation?.relname;
    // Renaming the thing itself: whoever says the old name or the new one means it.
    if (subname === undefined) return [table, newname].flatMap((name) => (name === undefined ? [] : [[name]]));
    return [subname, newname].flatMap((name) =>
      name === undefined ? [] : [table === undefined ? [name] : [table, name]],
    );
  }
  if ("DropStmt" in node) return (node.DropStmt.objects ?? []).flatMap(lastName);
  if ("CreateStmt" in node) return one(node.CreateStmt.relation?.relname);
  if ("ViewStmt" in node) return one(node.ViewStmt.view?.relname);
  if ("CreateFunctionStmt" in node) return named(node.CreateFunctionStmt.funcname);
  if ("CreateEnumStmt" in node) return named(node.CreateEnumStmt.typeName);
  if ("AlterEnumStmt" in node) {
    const { oldVal, newVal } = node.AlterEnumStmt;
    return [oldVal, newVal].flatMap(one);
  }
  if (!("AlterTableStmt" in node)) return [];
  const table = node.AlterTableStmt.relation?.relname ?? "";
  return (node.AlterTableStmt.cmds ?? []).flatMap((command): string[][] => {
    if (!("AlterTableCmd" in command)) return [];
    const { subtype, name, def } = command.AlterTableCmd;
    if (subtype === "AT_AddColumn" && def !== undefined && "ColumnDef" in def)
      return [[table, def.ColumnDef.colname ?? ""]];
    if (subtype === "AT_AddConstraint" && def !== undefined && "Constraint" in def) return one(def.Constraint.conname);
    const changing = ["AT_DropColumn", "AT_AlterColumnType", "AT_DropConstraint", "AT_DropExpression"];
    return changing.includes(subtype ?? "") && name !== undefined ? [[table, name]] : [];
  });
}

const one = (name: string | undefined): string[][] => (name === undefined || name === "" ? [] : [[name]]);

const named = (path: readonly Node[] | undefined): string[][] => {
  const last = path?.at(-1);
  return last !== undefined && "String" in last ? one(last.String.sval) : [];
};

/** The last name of what DROP names: a list of names, or a function with its arguments. */
function lastName(object: Node): string[][] {
  if ("List" in object) return named(object.List.items);
  if ("ObjectWithArgs" in object) return named(object.ObjectWithArgs.objname);
  if ("TypeName" in object) return named(object.TypeName.names);
  return "String" in object ? one(object.String.sval) : [];
}
