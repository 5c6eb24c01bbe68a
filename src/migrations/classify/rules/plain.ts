import { rangeParts } from "../ast.ts";
import { keyOf, relationAt } from "../world/world.ts";
import { found, type Matcher, rule } from "./rule.ts";

const NEW_OBJECT = rule({
  name: "new-object",
  row: 1,
  statement: "CREATE TABLE, TYPE, SEQUENCE, SCHEMA, VIEW; any change of what the same release made",
  compatibility: "expand",
  mode: null,
  why: "no running code knows it",
});
const NOTHING_TO_DO = rule({
  name: "nothing-to-do",
  row: null,
  statement: "IF EXISTS or IF NOT EXISTS where nothing is to be done; SET; BEGIN and COMMIT",
  compatibility: "expand",
  mode: null,
  why: "it changes nothing in the database",
});
const UPKEEP = rule({
  name: "upkeep",
  row: 59,
  statement: "CREATE EXTENSION, COMMENT, statistics, storage parameters such as fillfactor, ANALYZE",
  compatibility: "expand",
  mode: "ShareUpdateExclusive",
  why: "it changes nothing that a query returns",
});
const LOCK_TABLE = rule({
  name: "lock-table",
  row: null,
  statement: "LOCK TABLE",
  compatibility: "expand",
  mode: "AccessExclusive",
  why: "the lock is held until the transaction ends",
  safeWay: "take no lock that the other statements do not need",
});
const UNKNOWN = rule({
  name: "unknown-statement",
  row: 62,
  statement: "DO that builds its SQL or calls a function, EXECUTE, CALL, and whatever no rule knows",
  compatibility: "unknown",
  mode: "AccessExclusive",
  rewrite: true,
  scan: true,
  why: "what it does cannot be read from its text",
  safeWay: "write plain statements, or prove it and allow it with the reason",
});

export const nothing = (why: string) => found(NOTHING_TO_DO, [], { why });
export const fresh = (why = NEW_OBJECT.why) => found(NEW_OBJECT, [], { why });
export const unknown = (why: string = UNKNOWN.why) => found(UNKNOWN, [], { why });
export const upkeep = (on: readonly string[], mode: "ShareUpdateExclusive" | null = "ShareUpdateExclusive") =>
  found(UPKEEP, on, { mode });

export const plainRules = [NEW_OBJECT, NOTHING_TO_DO, UPKEEP, LOCK_TABLE, UNKNOWN];

/** What makes something new, or nothing that lasts. */
const CREATES = [
  "CreateEnumStmt",
  "CompositeTypeStmt",
  "CreateDomainStmt",
  "CreateRangeStmt",
  "CreateSeqStmt",
  "CreateSchemaStmt",
  "CreateRoleStmt",
  "CreateCastStmt",
  "CreateConversionStmt",
  "CreateFdwStmt",
  "CreateForeignServerStmt",
  "CreateUserMappingStmt",
  "CreateForeignTableStmt",
  "CreatePublicationStmt",
  "CreateSubscriptionStmt",
  "CreateOpClassStmt",
  "CreateOpFamilyStmt",
  "CreateAmStmt",
  "CreateTransformStmt",
  "CreatePLangStmt",
] as const;
const PASSING = [
  "TransactionStmt",
  "VariableSetStmt",
  "VariableShowStmt",
  "ConstraintsSetStmt",
  "DiscardStmt",
  "NotifyStmt",
  "ListenStmt",
  "UnlistenStmt",
  "CheckPointStmt",
  "DeallocateStmt",
  "ClosePortalStmt",
  "LoadStmt",
] as const;

const LOCKS = [
  null,
  "AccessShare",
  "RowShare",
  "RowExclusive",
  "ShareUpdateExclusive",
  "Share",
  "ShareRowExclusive",
  "Exclusive",
  "AccessExclusive",
] as const;

export const plain: Matcher = (node, cx) => {
  if (CREATES.some((tag) => tag in node)) return fresh();
  if (PASSING.some((tag) => tag in node)) return nothing("it is over with the session or the transaction");
  if ("DefineStmt" in node) {
    return node.DefineStmt.replace === true ? unknown("it may replace what running code uses") : fresh();
  }
  if ("CreateExtensionStmt" in node) return upkeep([], null);
  if ("CommentStmt" in node) {
    const table = node.CommentStmt.objtype === "OBJECT_TABLE" || node.CommentStmt.objtype === "OBJECT_COLUMN";
    const parts = commented(node.CommentStmt.object, node.CommentStmt.objtype === "OBJECT_COLUMN");
    if (!table || parts.length === 0) return upkeep([], null);
    return relationAt(cx.world, parts)?.fresh === true ? fresh() : upkeep([keyOf(cx.world, parts)]);
  }
  if ("SecLabelStmt" in node) return upkeep([], null);
  if ("CreateStatsStmt" in node) {
    return upkeep(
      (node.CreateStatsStmt.relations ?? []).flatMap((one) =>
        "RangeVar" in one ? [keyOf(cx.world, rangeParts(one.RangeVar))] : [],
      ),
    );
  }
  if ("AlterStatsStmt" in node) return upkeep([]);
  if ("LockStmt" in node) {
    const mode = LOCKS[node.LockStmt.mode ?? 8] ?? "AccessExclusive";
    const on = (node.LockStmt.relations ?? []).flatMap((one) =>
      "RangeVar" in one && relationAt(cx.world, rangeParts(one.RangeVar))?.fresh !== true
        ? [keyOf(cx.world, rangeParts(one.RangeVar))]
        : [],
    );
    return on.length === 0 ? fresh() : found(LOCK_TABLE, on, { mode });
  }
  return null;
};

function commented(object: unknown, column: boolean): readonly string[] {
  const items = (object as { List?: { items?: { String?: { sval?: string } }[] } } | undefined)?.List?.items ?? [];
  const parts = items.map((item) => item.String?.sval ?? "");
  return column ? parts.slice(0, -1) : parts;
}
