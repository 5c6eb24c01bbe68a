import type { Constraint as Node } from "libpg-query";
import { columnsIn, words } from "../ast.ts";
import type { Constraint } from "./world.ts";

const KINDS: Readonly<Record<string, Constraint["kind"]>> = {
  CONSTR_CHECK: "check",
  CONSTR_UNIQUE: "unique",
  CONSTR_PRIMARY: "primary",
  CONSTR_FOREIGN: "foreign",
  CONSTR_EXCLUSION: "exclusion",
  CONSTR_NOTNULL: "not-null",
};

/** `column`: the one it is written at, where it is written at one. */
export function constraintOf(node: Node, fresh: boolean, column: string | null = null): Constraint {
  const named = words([...(node.keys ?? []), ...(node.fk_attrs ?? [])]);
  const columns = node.contype === "CONSTR_CHECK" ? columnsIn(node.raw_expr) : named;
  return {
    kind: KINDS[node.contype ?? ""] ?? "other",
    columns: columns.length === 0 && column !== null ? [column] : columns,
    validated: node.skip_validation !== true,
    alone: node.is_no_inherit === true,
    expression: node.raw_expr ?? null,
    fresh,
  };
}

/** The name that PostgreSQL gives a constraint without one. */
export function defaultName(table: string, node: Node, constraint: Constraint): string {
  if (node.conname !== undefined) return node.conname;
  const columns = constraint.columns.join("_");
  switch (constraint.kind) {
    case "primary":
      return `${table}_pkey`;
    case "unique":
      return `${table}_${columns}_key`;
    case "foreign":
      return `${table}_${columns}_fkey`;
    case "exclusion":
      return `${table}_${columns}_excl`;
    case "not-null":
      return `${table}_${columns}_not_null`;
    case "check":
      // Of several columns none is named.
      return new Set(constraint.columns).size === 1 ? `${table}_${constraint.columns[0]}_check` : `${table}_check`;
    case "other":
      return `${table}_${columns}`;
  }
}
