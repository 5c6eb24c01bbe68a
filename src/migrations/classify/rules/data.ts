import type { DeleteStmt, SelectStmt, UpdateStmt } from "libpg-query";
import { callsIn, rangeParts, walk } from "../ast.ts";
import { isFresh, keyOf, relationAt } from "../world/world.ts";
import { setval } from "./identity.ts";
import { fresh, nothing, unknown } from "./plain.ts";
import { type Context, type Finding, found, type Matcher, rule } from "./rule.ts";

const WHOLE_TABLE = rule({
  name: "change-whole-table",
  row: 61,
  statement: "UPDATE or DELETE without a bound, MERGE",
  compatibility: "data",
  mode: "RowExclusive",
  scan: true,
  why: "every row it touches stays locked until the end, and the table grows by as much",
  safeWay: "in batches by key, after the roll-out, outside the migration's transaction",
  breaks: ["other rows read"],
});
const BOUNDED = rule({
  name: "change-rows",
  row: 61,
  statement: "UPDATE or DELETE of a range of keys or a limited number of rows, INSERT",
  compatibility: "data",
  mode: "RowExclusive",
  why: "rows change, not the schema",
});
const TRUNCATE = rule({
  name: "truncate",
  row: 61,
  statement: "TRUNCATE",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "all rows are gone for good, and nobody can read the table meanwhile",
  safeWay: "delete in batches what is no longer needed, in a later release",
  breaks: ["rows vanish"],
});
const FILL_NEW = rule({
  name: "fill-new-column",
  row: 61,
  statement: "UPDATE that only sets columns of the same release",
  compatibility: "data",
  mode: "RowExclusive",
  scan: true,
  why: "old code does not read what changes; every row it touches stays locked until the end",
  safeWay: "in batches by key, after the roll-out, outside the migration's transaction",
});

export const dataRules = [WHOLE_TABLE, BOUNDED, TRUNCATE, FILL_NEW];

export const data: Matcher = (node, cx) => {
  if ("UpdateStmt" in node) return update(node.UpdateStmt, cx);
  if ("DeleteStmt" in node) return remove(node.DeleteStmt, cx);
  if ("MergeStmt" in node) {
    const parts = rangeParts(node.MergeStmt.relation);
    return isFresh(cx.world, parts) ? fresh() : found(WHOLE_TABLE, [keyOf(cx.world, parts)]);
  }
  if ("InsertStmt" in node) {
    const parts = rangeParts(node.InsertStmt.relation);
    if (isFresh(cx.world, parts)) return fresh();
    return found(BOUNDED, [keyOf(cx.world, parts)], { why: "old code finds new rows" });
  }
  if ("CopyStmt" in node) {
    const parts = rangeParts(node.CopyStmt.relation);
    return isFresh(cx.world, parts)
      ? fresh()
      : found(BOUNDED, [keyOf(cx.world, parts)], { why: "old code finds new rows" });
  }
  if ("TruncateStmt" in node) {
    const names = (node.TruncateStmt.relations ?? []).flatMap((one) =>
      "RangeVar" in one ? [rangeParts(one.RangeVar)] : [],
    );
    const old = names.filter((parts) => !isFresh(cx.world, parts));
    return old.length === 0
      ? fresh()
      : found(
          TRUNCATE,
          old.map((parts) => keyOf(cx.world, parts)),
        );
  }
  if ("SelectStmt" in node) return select(node.SelectStmt);
  return null;
};

function update(made: UpdateStmt, cx: Context): readonly Finding[] {
  const parts = rangeParts(made.relation);
  if (isFresh(cx.world, parts)) return fresh();
  const on = [keyOf(cx.world, parts)];
  const columns = relationAt(cx.world, parts)?.columns;
  const targets = (made.targetList ?? []).flatMap((one) => ("ResTarget" in one ? [one.ResTarget.name ?? ""] : []));
  const newOnly = targets.length > 0 && targets.every((name) => columns?.get(name)?.fresh === true);
  if (newOnly) return found(FILL_NEW, on, { scan: !isBounded(made.whereClause) });
  return isBounded(made.whereClause) ? found(BOUNDED, on) : found(WHOLE_TABLE, on);
}

function remove(made: DeleteStmt, cx: Context): readonly Finding[] {
  const parts = rangeParts(made.relation);
  if (isFresh(cx.world, parts)) return fresh();
  const on = [keyOf(cx.world, parts)];
  return isBounded(made.whereClause)
    ? found(BOUNDED, on, { why: "rows are gone", breaks: ["rows vanish"] })
    : found(WHOLE_TABLE, on, { breaks: ["rows vanish"] });
}

/** One key, a list of keys, a range with both ends, or a subquery with LIMIT. */
function isBounded(where: unknown): boolean {
  let equal = false;
  let limited = false;
  let lower = false;
  let upper = false;
  walk(where, (tag, body) => {
    if (tag === "SelectStmt" && body.limitCount !== undefined) limited = true;
    if (tag !== "A_Expr") return;
    const operator = (body.name as readonly { String?: { sval?: string } }[] | undefined)?.[0]?.String?.sval;
    const right = body.rexpr as Record<string, unknown> | undefined;
    const constant = right !== undefined && ("A_Const" in right || "List" in right || "TypeCast" in right);
    if (String(body.kind) === "AEXPR_BETWEEN") lower = upper = true;
    if (!constant) return;
    const key = /(^|_)(id|key|uuid)$/i.test(lastColumn(body.lexpr));
    if (key && (operator === "=" || body.kind === "AEXPR_IN")) equal = true;
    if (operator === ">" || operator === ">=") lower = true;
    if (operator === "<" || operator === "<=") upper = true;
  });
  return equal || limited || (lower && upper);
}

const lastColumn = (node: unknown): string =>
  (node as { ColumnRef?: { fields?: { String?: { sval?: string } }[] } } | undefined)?.ColumnRef?.fields?.at(-1)?.String
    ?.sval ?? "";

const READING =
  /^(set_config|current_|now$|count$|max$|min$|sum$|avg$|coalesce$|array_agg$|string_agg$|pg_catalog|jsonb?_|version$|exists$|lower$|upper$|format$|nextval$|currval$|pg_advisory_xact_lock$|pg_try_advisory_lock$|pg_sleep$|to_reg)/;

function select(made: SelectStmt): readonly Finding[] {
  const calls = callsIn(made);
  if (calls.includes("setval")) return setval("the sequence goes on from another number");
  const strange = calls.filter((name) => !READING.test(name));
  let writes = made.intoClause !== undefined;
  walk(made, (tag) => {
    writes ||= tag === "InsertStmt" || tag === "UpdateStmt" || tag === "DeleteStmt";
  });
  if (writes) return unknown("a SELECT that writes");
  if (strange.length > 0) return unknown(`what ${[...new Set(strange)].join(", ")} does cannot be read from the text`);
  return nothing("it only reads");
}
