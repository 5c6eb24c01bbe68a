import type { AlterTableCmd } from "libpg-query";
import { rangeParts } from "../ast.ts";
import { isAbsent, keyOf, type Relation, relationAt } from "../world/world.ts";
import { addColumn } from "./add-column.ts";
import { alterType } from "./column-type.ts";
import { columns } from "./columns.ts";
import { constraints } from "./constraints.ts";
import { identity } from "./identity.ts";
import { partitions } from "./partitions.ts";
import { fresh, nothing, unknown } from "./plain.ts";
import { rowSecurity } from "./row-security.ts";
import type { Context, Finding, Matcher } from "./rule.ts";
import { storage } from "./storage.ts";
import { triggerStates } from "./triggers.ts";

/** One change of an ALTER TABLE. */
export type Change = Readonly<{
  cmd: AlterTableCmd;
  /** The others in the same statement. */
  all: readonly AlterTableCmd[];
  parts: readonly string[];
  /** What the table is called in verdicts. */
  on: string;
  table: Relation | undefined;
  cx: Context;
}>;

/** Null: these rules do not know the change. */
export type ChangeMatcher = (change: Change) => readonly Finding[] | null;

const MATCHERS: readonly ChangeMatcher[] = [
  addColumn,
  columns,
  alterType,
  constraints,
  identity,
  partitions,
  rowSecurity,
  triggerStates,
  storage,
];

export const alterTable: Matcher = (node, cx) => {
  if (!("AlterTableStmt" in node)) return null;
  const { relation, cmds = [], objtype, missing_ok } = node.AlterTableStmt;
  if (objtype !== "OBJECT_TABLE" && objtype !== "OBJECT_INDEX" && objtype !== "OBJECT_FOREIGN_TABLE") return null;
  const parts = rangeParts(relation);
  if (missing_ok === true && objtype === "OBJECT_TABLE" && isAbsent(cx.world, parts)) {
    return nothing("there is no such table");
  }
  const all = cmds.flatMap((cmd) => ("AlterTableCmd" in cmd ? [cmd.AlterTableCmd] : []));
  const on = keyOf(cx.world, parts);
  const table = relationAt(cx.world, parts);
  return all.flatMap((cmd) => {
    const change = { cmd, all, parts, on, table, cx };
    for (const matcher of MATCHERS) {
      const findings = matcher(change);
      if (findings !== null) return table?.fresh === true ? waived(findings, on) : findings;
    }
    return table?.fresh === true ? fresh() : unknown(`no rule knows ${cmd.subtype ?? "this change"} of a table`);
  });
};

/** The table is new: what is done to it alone does not matter; what is done to others does. */
function waived(findings: readonly Finding[], on: string): readonly Finding[] {
  const others = findings.flatMap((finding) => {
    const locked = finding.on.filter((name) => name !== on);
    return locked.length > 0 ? [{ ...finding, on: locked }] : [];
  });
  return others.length > 0 ? others : fresh();
}
