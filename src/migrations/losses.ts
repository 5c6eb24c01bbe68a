import type { SqlNode } from "./parse-sql.ts";

/** What a statement takes data away from. */
export type Losing = Readonly<
  | { kind: "rows"; schema: string | null; table: string }
  | { kind: "column"; schema: string | null; table: string; column: string }
  /** Nobody can tell from its text. */
  | { kind: "unknown"; what: string }
>;

/** Everything that a statement would lose, were there data in it. Making, renaming and filling lose nothing. */
export function losingOf(node: SqlNode): readonly Losing[] {
  if ("DropStmt" in node) {
    const { removeType, objects = [], behavior } = node.DropStmt;
    if (removeType === "OBJECT_TABLE") {
      return objects.flatMap((object): Losing[] => {
        const parts = "List" in object ? (object.List.items ?? []).map(textOf) : [];
        const table = parts.at(-1);
        return table === undefined ? [] : [{ kind: "rows", schema: parts.at(-2) ?? null, table }];
      });
    }
    if (removeType === "OBJECT_SCHEMA") return [{ kind: "unknown", what: "DROP SCHEMA" }];
    return behavior === "DROP_CASCADE" ? [{ kind: "unknown", what: "DROP … CASCADE" }] : [];
  }
  if ("TruncateStmt" in node)
    return (node.TruncateStmt.relations ?? []).flatMap((one) => ("RangeVar" in one ? rows(one.RangeVar) : []));
  if ("DeleteStmt" in node) return rows(node.DeleteStmt.relation);
  if ("DoStmt" in node) return [{ kind: "unknown", what: "DO" }];
  if ("DropOwnedStmt" in node) return [{ kind: "unknown", what: "DROP OWNED" }];
  if (!("AlterTableStmt" in node)) return [];
  const { relation, cmds = [] } = node.AlterTableStmt;
  return cmds.flatMap((command): Losing[] => {
    if (!("AlterTableCmd" in command) || command.AlterTableCmd.subtype !== "AT_DropColumn") return [];
    const { name } = command.AlterTableCmd;
    if (name === undefined || relation?.relname === undefined) return [];
    return [{ kind: "column", schema: relation.schemaname ?? null, table: relation.relname, column: name }];
  });
}

const rows = (relation: Readonly<{ schemaname?: string; relname?: string }> | undefined): Losing[] =>
  relation?.relname === undefined
    ? []
    : [{ kind: "rows", schema: relation.schemaname ?? null, table: relation.relname }];

const textOf = (node: SqlNode): string => ("String" in node ? (node.String.sval ?? "") : "");
