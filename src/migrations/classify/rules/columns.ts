import type { RenameStmt } from "libpg-query";
import { rangeParts } from "../ast.ts";
import { numberRefused } from "../number-refused.ts";
import { isFresh, keyOf, relationAt } from "../world/world.ts";
import type { ChangeMatcher } from "./alter-table.ts";
import { fresh } from "./plain.ts";
import { type Finding, found, type Matcher, rule } from "./rule.ts";

const DROP_COLUMN = rule({
  name: "drop-column",
  row: 13,
  statement: "DROP COLUMN",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code that names it fails, and its values are gone for good; a trigger that names it fails every INSERT",
  safeWay: "first release code that does not use it; drop it in a later release",
  breaks: ["42703"],
});
const RENAME_COLUMN = rule({
  name: "rename-column",
  row: 14,
  statement: "RENAME COLUMN",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code asks for the old name",
  safeWay:
    "add the new column and a trigger that keeps both alike; fill it in batches; drop the old one in a later release",
  breaks: ["42703"],
});
const SET_DEFAULT = rule({
  name: "set-default",
  row: 22,
  statement: "ALTER COLUMN … SET DEFAULT",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code's INSERT that leaves the column out stores another value",
  safeWay: "let the new code write the value itself",
  breaks: ["other value stored"],
});
const DROP_DEFAULT = rule({
  name: "drop-default",
  row: 23,
  statement: "ALTER COLUMN … DROP DEFAULT",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code's INSERT that leaves the column out stores NULL, or fails where it is NOT NULL",
  safeWay: "drop it in a later release, once all code writes the column",
  breaks: ["23502", "NULL stored"],
});
const SET_NOT_NULL = rule({
  name: "set-not-null",
  row: 24,
  statement: "ALTER COLUMN … SET NOT NULL",
  compatibility: "contract",
  mode: "AccessExclusive",
  scan: true,
  why: "old code may write NULL; and all rows are read while nobody can read the table",
  safeWay:
    "once no code writes NULL: ADD CHECK (column IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT in a transaction of its own, SET NOT NULL, drop the CHECK",
  breaks: ["23502"],
});
const SET_NOT_NULL_PROVEN = rule({
  name: "set-not-null-checked",
  row: 25,
  statement: "SET NOT NULL where a valid CHECK of an earlier release already says so",
  compatibility: "expand",
  mode: "AccessExclusive",
  why: "the CHECK refuses NULL already, and spares the scan",
});
const DROP_NOT_NULL = rule({
  name: "drop-not-null",
  row: 26,
  statement: "ALTER COLUMN … DROP NOT NULL",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "old code reads NULL once new code writes it",
  condition: "new code writes NULL only after old code is gone",
  breaks: ["NULL read"],
});
const DROP_EXPRESSION = rule({
  name: "drop-expression",
  row: 27,
  statement: "ALTER COLUMN … DROP EXPRESSION",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "the column is no longer computed: rows that old code writes keep NULL or the old value there",
  safeWay: "make a new column that the new code writes",
  breaks: ["value not computed"],
});
const SET_EXPRESSION = rule({
  name: "set-expression",
  row: 28,
  statement: "ALTER COLUMN … SET EXPRESSION",
  compatibility: "contract",
  mode: "AccessExclusive",
  rewrite: true,
  why: "old code reads other values, and every row is written anew",
  safeWay: "make a new generated column",
  breaks: ["other value read"],
});

export const columnRules = [
  DROP_COLUMN,
  RENAME_COLUMN,
  SET_DEFAULT,
  DROP_DEFAULT,
  SET_NOT_NULL,
  SET_NOT_NULL_PROVEN,
  DROP_NOT_NULL,
  DROP_EXPRESSION,
  SET_EXPRESSION,
];

export const columns: ChangeMatcher = ({ cmd, on, table, cx, all }) => {
  const column = table?.columns.get(cmd.name ?? "");
  const wanted = found;
  switch (cmd.subtype) {
    case "AT_DropColumn":
      if (cmd.missing_ok === true && column === undefined && (table?.whole === true || cx.world.complete)) {
        return quick(on, "there is no such column");
      }
      return column?.fresh === true ? fresh() : wanted(DROP_COLUMN, [on]);
    case "AT_ColumnDefault":
      if (column?.fresh === true) {
        const refused = numberRefused(cx.world, { value: cmd.def, table });
        return refused === null
          ? quick(on, "no running code knows the column")
          : wanted(SET_DEFAULT, [on], {
              why: refused,
              safeWay: "GRANT USAGE on the sequence to the roles that write the table, before this statement",
              breaks: ["42501"],
            });
      }
      if (cmd.def !== undefined) return wanted(SET_DEFAULT, [on]);
      if (column?.default === "none") return quick(on, "the column has no default");
      return wanted(DROP_DEFAULT, [on], column === undefined ? { undecided: "whether the column is NOT NULL" } : {});
    case "AT_SetNotNull":
      return setNotNull({ name: cmd.name ?? "", on, table, column, all });
    case "AT_DropNotNull":
      if (column?.fresh === true || column?.notNull === false) return quick(on, "old code does not notice");
      return wanted(DROP_NOT_NULL, [on]);
    case "AT_DropExpression":
      return column?.fresh === true ? quick(on, "no running code knows the column") : wanted(DROP_EXPRESSION, [on]);
    case "AT_SetExpression":
      if (column?.fresh !== true) return wanted(SET_EXPRESSION, [on]);
      return found(SET_EXPRESSION, [on], {
        compatibility: "expand",
        why: "every row is written anew; no running code knows the column",
      });
    default:
      return null;
  }
};

const QUICK = rule({
  name: "quick-change",
  row: null,
  statement: "a change of a column or table that old code cannot notice",
  compatibility: "expand",
  mode: "AccessExclusive",
  why: "old code does not notice it, and no row is touched",
});
columnRules.push(QUICK);

/** The lock is taken for a moment, and that is all. */
export const quick = (on: string, why: string, mode: Finding["mode"] = "AccessExclusive"): readonly Finding[] =>
  found(QUICK, [on], { why, mode });

type NotNull = Readonly<{
  name: string;
  on: string;
  /** Of the same statement. */
  all: Parameters<ChangeMatcher>[0]["all"];
  table: Parameters<ChangeMatcher>[0]["table"];
  column: NonNullable<Parameters<ChangeMatcher>[0]["table"]>["columns"] extends Map<string, infer C>
    ? C | undefined
    : never;
}>;

const STILL_WRITTEN = {
  compatibility: "contract",
  safeWay: "run it in a release after the last one that writes NULL",
  breaks: ["23502"],
} as const;

function setNotNull({ name, on, table, column, all }: NotNull): readonly Finding[] {
  const constraints = [...(table?.constraints ?? [])].filter(([, { columns: own }]) => own.includes(name));
  if (column?.notNull === true) {
    const open = constraints.some(([, { kind, validated }]) => kind === "not-null" && !validated);
    if (!open) return quick(on, "the column is NOT NULL already");
    return found(SET_NOT_NULL_PROVEN, [on], {
      scan: true,
      why: "NULL is refused already; but its NOT NULL is not valid yet, so all rows are read while nobody can read the table",
      safeWay: "VALIDATE CONSTRAINT it, in a transaction of its own",
    });
  }
  const saying = constraints.filter(
    ([, { kind, validated, alone, expression }]) =>
      validated && !alone && (kind === "not-null" || (kind === "check" && saysNotNull(expression, name))),
  );
  const checks = saying.map(([, constraint]) => constraint);
  // Whatever the order in the statement, what goes goes first.
  const gone = new Set(all.flatMap((cmd) => (cmd.subtype === "AT_DropConstraint" ? [cmd.name] : [])));
  const spared = saying.some(([key]) => !gone.has(key));
  const proven = checks.length > 0;
  const known = table?.whole === true;
  if (column?.fresh === true) {
    const harmless = column.default === "some";
    return found(proven ? SET_NOT_NULL_PROVEN : SET_NOT_NULL, [on], {
      ...(harmless
        ? { compatibility: "expand" as const, why: "old code leaves the column out and gets its default" }
        : { ...STILL_WRITTEN, why: "old code leaves the column out, and so writes NULL" }),
    });
  }
  if (checks.some(({ fresh: now }) => !now)) {
    if (spared) return found(SET_NOT_NULL_PROVEN, [on]);
    return found(SET_NOT_NULL_PROVEN, [on], {
      scan: true,
      why: "the CHECK refuses NULL already; but it goes first, so all rows are read while nobody can read the table",
      safeWay: "drop the CHECK in a statement that follows",
    });
  }
  if (proven) {
    return found(SET_NOT_NULL_PROVEN, [on], {
      ...STILL_WRITTEN,
      why: "the CHECK spares the scan, but is of this release: old code may still write NULL",
    });
  }
  return found(SET_NOT_NULL, [on], known ? {} : { undecided: "whether a valid CHECK spares the scan" });
}

/** `CHECK (column IS NOT NULL)`, alone or joined by AND. */
function saysNotNull(expression: unknown, column: string): boolean {
  const node = expression as {
    NullTest?: { nulltesttype?: string; arg?: { ColumnRef?: { fields?: { String?: { sval?: string } }[] } } };
    BoolExpr?: { boolop?: string; args?: unknown[] };
  } | null;
  if (node?.NullTest !== undefined) {
    const name = node.NullTest.arg?.ColumnRef?.fields?.at(-1)?.String?.sval;
    return node.NullTest.nulltesttype === "IS_NOT_NULL" && name === column;
  }
  return node?.BoolExpr?.boolop === "AND_EXPR" && (node.BoolExpr.args ?? []).some((each) => saysNotNull(each, column));
}

export const renameColumn: Matcher = (node, cx) => {
  if (!("RenameStmt" in node) || node.RenameStmt.renameType !== "OBJECT_COLUMN") return null;
  const { relation, subname = "" }: RenameStmt = node.RenameStmt;
  const parts = rangeParts(relation);
  if (isFresh(cx.world, parts)) return fresh();
  if (relationAt(cx.world, parts)?.columns.get(subname)?.fresh === true) return fresh();
  return found(RENAME_COLUMN, [keyOf(cx.world, parts)]);
};
