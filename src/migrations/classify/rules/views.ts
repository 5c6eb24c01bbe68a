import type { AlterTableCmd, AlterTableStmt, DropStmt, ViewStmt } from "libpg-query";
import { dotted, rangeParts } from "../ast.ts";
import { sameShape } from "../same-shape.ts";
import { isAbsent, isFresh, keyOf, relationAt, type World } from "../world/world.ts";
import { quick } from "./columns.ts";
import { fresh, nothing } from "./plain.ts";
import { type Context, type Finding, found, type Matcher, rule } from "./rule.ts";

const REPLACE_VIEW = rule({
  name: "append-to-view",
  row: 48,
  statement: "CREATE OR REPLACE VIEW with a column more at its end",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "the columns before stay; live prepared SELECT * on the view may fail",
  condition: "old code names its columns",
  breaks: ["0A000"],
});
const CHANGE_VIEW = rule({
  name: "change-view",
  row: 48,
  statement: "CREATE OR REPLACE VIEW with another query",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code reads other rows or values through the view",
  safeWay: "make a view under a new name",
  breaks: ["other result"],
});
const DROP_VIEW = rule({
  name: "drop-view",
  row: 49,
  statement: "DROP VIEW",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code that reads the view fails; made anew, it has lost its grants",
  safeWay: "make a view under a new name and drop the old one in a later release",
  breaks: ["42P01", "42501"],
});

const INVOKER = rule({
  name: "view-security-invoker",
  row: 49,
  statement: "ALTER VIEW … SET (security_invoker) where all who read the view may read its tables",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "whoever reads the view reads its tables with the own rights",
  condition: "each of them has on the tables what it has on the view",
  breaks: ["42501"],
});

export const viewRules = [REPLACE_VIEW, CHANGE_VIEW, DROP_VIEW, INVOKER];

export const views: Matcher = (node, cx) => {
  if ("ViewStmt" in node) return created(node.ViewStmt, cx);
  if ("DropStmt" in node && ["OBJECT_VIEW", "OBJECT_MATVIEW"].includes(node.DropStmt.removeType ?? "")) {
    return dropped(node.DropStmt, cx);
  }
  if ("AlterTableStmt" in node && ["OBJECT_VIEW", "OBJECT_MATVIEW"].includes(node.AlterTableStmt.objtype ?? "")) {
    const parts = rangeParts(node.AlterTableStmt.relation);
    if (isFresh(cx.world, parts)) return fresh();
    return options(node.AlterTableStmt, keyOf(cx.world, parts), cx);
  }
  return null;
};

function options({ cmds = [] }: AlterTableStmt, on: string, { world }: Context): readonly Finding[] {
  const names = cmds.flatMap((cmd) => ("AlterTableCmd" in cmd ? [optionsIn(cmd.AlterTableCmd)] : [])).flat();
  if (names.length > 0 && names.every((name) => name === "security_invoker") && mayReadThemselves(on, world))
    return found(INVOKER, [on]);
  return found(CHANGE_VIEW, [on], { why: "what the view returns, or as whom it reads, may change" });
}

const optionsIn = ({ subtype, def }: AlterTableCmd): readonly string[] =>
  (subtype === "AT_SetRelOptions" || subtype === "AT_ResetRelOptions") && def !== undefined && "List" in def
    ? (def.List.items ?? []).map((item) => ("DefElem" in item ? (item.DefElem.defname ?? "") : ""))
    : [""];

/** Everybody who is granted the view is granted what it reads, which hides no rows from anybody. */
function mayReadThemselves(key: string, world: World): boolean {
  const view = world.relations.get(key);
  const read = [...world.relations.values()].filter(({ readers }) => readers.includes(key));
  return (
    view?.grantees != null &&
    read.length > 0 &&
    read.every(
      ({ kind, rowSecurity, grantees }) =>
        (kind === "table" || kind === "partitioned") &&
        rowSecurity === false &&
        view.grantees?.every((name) => grantees?.includes(name) === true),
    )
  );
}

function created(made: ViewStmt, cx: Context): readonly Finding[] {
  const parts = rangeParts(made.view);
  const before = relationAt(cx.world, parts);
  if (made.replace !== true || before?.fresh === true || isAbsent(cx.world, parts)) return fresh();
  const on = keyOf(cx.world, parts);
  if (before === undefined || before.query === null) {
    return found(CHANGE_VIEW, [on], { undecided: "what the view returned before" });
  }
  const change = sameShape(before.query, { ViewStmt: made });
  if (change === "same") return quick(on, "the view's query is the same");
  return change === "appended" ? found(REPLACE_VIEW, [on]) : found(CHANGE_VIEW, [on]);
}

function dropped(made: DropStmt, cx: Context): readonly Finding[] {
  const { world } = cx;
  const findings = (made.objects ?? []).flatMap((object): readonly Finding[] => {
    const parts = dotted(object);
    if (made.missing_ok === true && isAbsent(world, parts)) return nothing("there is no such view");
    return isFresh(world, parts) ? fresh("the same release made it") : found(DROP_VIEW, [keyOf(world, parts)]);
  });
  return findings.length > 0 ? findings : nothing("there is nothing to drop");
}
