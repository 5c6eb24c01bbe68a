import type { Constraint as Node } from "libpg-query";
import { rangeParts } from "../ast.ts";
import { constraintOf } from "../world/constraint-of.ts";
import { isFresh, keyOf } from "../world/world.ts";
import { refusesNull } from "./add-column.ts";
import type { Change, ChangeMatcher } from "./alter-table.ts";
import { quick } from "./columns.ts";
import { fresh } from "./plain.ts";
import { type Finding, found, type Matcher, rule } from "./rule.ts";

const LATER = "add it once no running code writes what it refuses";

const ADD_CHECK = rule({
  name: "add-check",
  row: 29,
  statement: "ADD CHECK",
  compatibility: "contract",
  mode: "AccessExclusive",
  scan: true,
  why: "old code may write what the CHECK refuses, and all rows are read while nobody can read the table",
  safeWay: `ADD CHECK … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own; ${LATER}`,
  breaks: ["23514"],
});
const ADD_CHECK_NOT_VALID = rule({
  name: "add-check-not-valid",
  row: 30,
  statement: "ADD CHECK … NOT VALID",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code may write what the CHECK refuses, and any UPDATE of a row that does not satisfy it fails",
  safeWay: LATER,
  breaks: ["23514"],
});
const VALIDATE = rule({
  name: "validate-constraint",
  row: 31,
  statement: "VALIDATE CONSTRAINT",
  compatibility: "expand",
  mode: "ShareUpdateExclusive",
  scan: true,
  why: "all rows are read, while others read and write",
  safeWay: "in a transaction of its own, so that no stronger lock is held meanwhile",
});
const ADD_FOREIGN = rule({
  name: "add-foreign-key",
  row: 32,
  statement: "ADD FOREIGN KEY",
  compatibility: "contract",
  mode: "ShareRowExclusive",
  scan: true,
  why: "old code may write rows that refer to nothing, or delete rows that are referred to; both tables are read while nobody can write them",
  safeWay: `ADD FOREIGN KEY … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own; ${LATER}`,
  breaks: ["23503", "0A000"],
});
const ADD_FOREIGN_NOT_VALID = rule({
  name: "add-foreign-key-not-valid",
  row: 33,
  statement: "ADD FOREIGN KEY … NOT VALID",
  compatibility: "contract",
  mode: "ShareRowExclusive",
  why: "old code may write rows that refer to nothing, or delete rows that are referred to",
  safeWay: LATER,
  breaks: ["23503", "0A000"],
});
const ADD_UNIQUE = rule({
  name: "add-unique",
  row: 34,
  statement: "ADD UNIQUE, ADD PRIMARY KEY, CREATE UNIQUE INDEX",
  compatibility: "contract",
  mode: "AccessExclusive",
  scan: true,
  why: "old code may write duplicates, and an index is built while nobody can use the table",
  safeWay:
    "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX, once no running code writes duplicates",
  breaks: ["23505"],
});
const ADD_UNIQUE_READY = rule({
  name: "add-unique-concurrently",
  row: 35,
  statement: "CREATE UNIQUE INDEX CONCURRENTLY, ADD CONSTRAINT … USING INDEX",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code may write duplicates, which are refused",
  safeWay: "run it in a release after the last one that writes duplicates",
  breaks: ["23505"],
});
const ADD_EXCLUDE = rule({
  name: "add-exclude",
  row: 36,
  statement: "ADD EXCLUDE",
  compatibility: "contract",
  mode: "AccessExclusive",
  scan: true,
  why: "old code may write what overlaps, and an index is built while nobody can use the table; there is no way to do it without that lock",
  safeWay: "once no running code writes overlaps, at a quiet time",
  breaks: ["23P01"],
});
const DROP_CONSTRAINT = rule({
  name: "drop-constraint",
  row: 37,
  statement: "DROP CONSTRAINT of a CHECK or FOREIGN KEY",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "what it refused is now stored",
  condition: "no running code relies on the constraint to refuse",
  breaks: ["23514 or 23503 no longer raised"],
});
const DROP_UNIQUE = rule({
  name: "drop-unique",
  row: 38,
  statement: "DROP CONSTRAINT of a UNIQUE or PRIMARY KEY, DROP of a unique index",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code's INSERT … ON CONFLICT finds no such constraint, and duplicates are stored",
  safeWay: "drop it in a later release, once no code uses it in ON CONFLICT",
  breaks: ["42P10"],
});
const RENAME_CONSTRAINT = rule({
  name: "rename-constraint",
  row: 39,
  statement: "RENAME CONSTRAINT",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code's ON CONFLICT ON CONSTRAINT finds no such name, and code that tells errors apart by the name no longer does",
  safeWay: "leave the name as it is",
  breaks: ["42704"],
});

export const constraintRules = [
  ADD_CHECK,
  ADD_CHECK_NOT_VALID,
  VALIDATE,
  ADD_FOREIGN,
  ADD_FOREIGN_NOT_VALID,
  ADD_UNIQUE,
  ADD_UNIQUE_READY,
  ADD_EXCLUDE,
  DROP_CONSTRAINT,
  DROP_UNIQUE,
  RENAME_CONSTRAINT,
];

/** A unique index is the same promise without a constraint. */
export const uniqueIndex = (on: string, but: Omit<Finding, "rule" | "on">, concurrently: boolean) =>
  found(concurrently ? ADD_UNIQUE_READY : ADD_UNIQUE, [on], but);
export const droppedUnique = (on: readonly string[], but: Omit<Finding, "rule" | "on">) => found(DROP_UNIQUE, on, but);

export const constraints: ChangeMatcher = (change) => {
  const { cmd, on, table } = change;
  switch (cmd.subtype) {
    case "AT_AddConstraint":
      return cmd.def !== undefined && "Constraint" in cmd.def ? add(cmd.def.Constraint, change) : null;
    case "AT_ValidateConstraint":
      return found(VALIDATE, [on], {
        scan: table?.constraints.get(cmd.name ?? "")?.validated !== true,
      });
    case "AT_DropConstraint":
      return dropped(change);
    case "AT_AlterConstraint":
      return quick(on, "only when the constraint is checked changes", "ShareRowExclusive");
    default:
      return null;
  }
};

function add(node: Node, change: Change): readonly Finding[] | null {
  const { on, table, cx } = change;
  const constraint = constraintOf(node, true);
  const added = new Set(
    change.all.flatMap(({ subtype, def }) =>
      subtype === "AT_AddColumn" && def !== undefined && "ColumnDef" in def ? [def.ColumnDef.colname ?? ""] : [],
    ),
  );
  const own = constraint.columns;
  const isNew = (name: string) => added.has(name) || table?.columns.get(name)?.fresh === true;
  // Old code writes NULL into all columns that it does not know, and NULL satisfies nearly every constraint.
  const newOnly = own.length > 0 && own.every(isNew);
  const someNew = own.some(isNew);
  const empty = newOnly && own.every((name) => (table?.columns.get(name)?.default ?? "none") === "none");
  const harmless = {
    compatibility: "expand" as const,
    why: "old code leaves the new column NULL, which it accepts",
    breaks: [],
  };
  switch (constraint.kind) {
    case "check": {
      const passes = empty && !refusesNull(constraint.expression);
      return found(node.skip_validation === true ? ADD_CHECK_NOT_VALID : ADD_CHECK, [on], passes ? harmless : {});
    }
    case "not-null":
      return found(node.skip_validation === true ? ADD_CHECK_NOT_VALID : ADD_CHECK, [on], { breaks: ["23502"] });
    case "foreign": {
      const parent = rangeParts(node.pktable);
      const lockedParents = isFresh(cx.world, parent) ? [] : [keyOf(cx.world, parent)];
      const referred = someNew && lockedParents.length === 0;
      const eased =
        someNew && empty
          ? referred
            ? harmless
            : {
                compatibility: "expand-if" as const,
                why: "old code leaves the new column NULL; rows referred to can no longer be deleted",
                condition: "no running code deletes or truncates what the new rows refer to",
              }
          : {};
      const rule = node.skip_validation === true ? ADD_FOREIGN_NOT_VALID : ADD_FOREIGN;
      return found(rule, [...new Set([on, ...lockedParents])], eased);
    }
    case "unique":
    case "primary": {
      const eased = someNew && constraint.kind === "unique" && node.nulls_not_distinct !== true ? harmless : {};
      if (node.indexname === undefined) return found(ADD_UNIQUE, [on], eased);
      const index = cx.world.indexes.get(keyOf(cx.world, [...change.parts.slice(0, -1), node.indexname]));
      // What the index refuses it refuses already.
      if (constraint.kind === "unique" && index?.unique === true && !index.fresh) {
        return quick(on, "the unique index is there already");
      }
      const nullable =
        constraint.kind === "primary" &&
        (index?.columns ?? [""]).some((name) => table?.columns.get(name)?.notNull !== true);
      return found(ADD_UNIQUE_READY, [on], { ...eased, ...(nullable ? { scan: true } : {}) });
    }
    case "exclusion":
      return found(ADD_EXCLUDE, [on], empty ? harmless : {});
    case "other":
      return null;
  }
}

function dropped({ cmd, on, table, cx }: Change): readonly Finding[] {
  const constraint = table?.constraints.get(cmd.name ?? "");
  if (constraint === undefined) {
    if (cmd.missing_ok === true && cx.world.complete) return quick(on, "there is no such constraint");
    return found(DROP_UNIQUE, [on], { undecided: "whether it is a UNIQUE or PRIMARY KEY" });
  }
  if (constraint.fresh) return fresh("the same release made it");
  if (constraint.kind === "unique" || constraint.kind === "primary" || constraint.kind === "exclusion") {
    return found(DROP_UNIQUE, [on]);
  }
  return found(DROP_CONSTRAINT, [on]);
}

export const renameConstraint: Matcher = (node, cx) => {
  if (!("RenameStmt" in node) || node.RenameStmt.renameType !== "OBJECT_TABCONSTRAINT") return null;
  const parts = rangeParts(node.RenameStmt.relation);
  if (isFresh(cx.world, parts)) return fresh();
  const constraint = cx.world.relations.get(keyOf(cx.world, parts))?.constraints.get(node.RenameStmt.subname ?? "");
  if (constraint?.fresh === true) return fresh();
  const named = constraint?.kind === "unique" || constraint?.kind === "primary" || constraint?.kind === "exclusion";
  const on = [keyOf(cx.world, parts)];
  if (constraint === undefined)
    return found(RENAME_CONSTRAINT, on, { undecided: "whether it is a UNIQUE or PRIMARY KEY" });
  return named
    ? found(RENAME_CONSTRAINT, on)
    : found(RENAME_CONSTRAINT, on, {
        compatibility: "expand-if",
        condition: "no running code tells errors apart by the constraint's name",
        breaks: ["other name in errors"],
      });
};
