import type { CreateStmt, DropStmt, Node, RangeVar, RenameStmt } from "libpg-query";
import { dotted, rangeParts, walk } from "../ast.ts";
import { lackingIn } from "../facade.ts";
import { granteesIn } from "../world/grants.ts";
import { isAbsent, isFresh, keyOf, relationAt } from "../world/world.ts";
import { fresh, nothing } from "./plain.ts";
import { type Context, type Finding, found, type Matcher, rule } from "./rule.ts";

const REFERENCES = rule({
  name: "create-table-references",
  row: 2,
  statement: "CREATE TABLE … REFERENCES t",
  compatibility: "expand-if",
  mode: "ShareRowExclusive",
  why: "writers of the table referred to wait; TRUNCATE of it fails at once, DELETE once rows refer to it",
  condition: "no running code truncates the table referred to, and none deletes rows there that new rows refer to",
  safeWay: "run it with a short lock_timeout, which Sampan does",
  breaks: ["0A000", "23503"],
});
const DROP_TABLE = rule({
  name: "drop-table",
  row: 3,
  statement: "DROP TABLE",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "every query of old code that names the table fails, and its rows are gone for good",
  safeWay: "drop it in a release of its own, once no code and no rollback target uses it",
  breaks: ["42P01"],
});
const RENAME_TABLE = rule({
  name: "rename-table",
  row: 4,
  statement: "ALTER TABLE … RENAME TO, SET SCHEMA",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code asks for the old name",
  safeWay:
    "in the same transaction make a view under the old name and grant on it what the table granted; drop the view in a later release",
  breaks: ["42P01"],
});
const RENAME_WITH_VIEW = rule({
  name: "rename-table-with-view",
  row: 5,
  statement: "rename, and a view under the old name with its grants, in one transaction",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "old code reads and writes through the view",
  condition:
    "every role that uses the table is granted the same on the view; with row security, the view has security_invoker",
  safeWay: null,
  breaks: ["42501"],
});
const PARTITION_OF = rule({
  name: "create-partition",
  row: 56,
  statement: "CREATE TABLE … PARTITION OF",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "the partitioned table is locked against reads; a default partition is searched for rows that belong into the new one",
  condition: "no default partition holds many rows",
  safeWay: "make the table apart with a validated CHECK that is the partition's bound, then ATTACH PARTITION",
});
const DROP_SCHEMA = rule({
  name: "drop-schema",
  row: 3,
  statement: "DROP SCHEMA, DROP OWNED, DROP EXTENSION and others",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "whatever is in it and used by running code is gone",
  safeWay: "drop it in a later release, once nothing uses it",
  breaks: ["42P01", "42883", "3F000"],
});
const RENAME_SCHEMA = rule({
  name: "rename-schema",
  row: 4,
  statement: "ALTER SCHEMA … RENAME",
  compatibility: "contract",
  mode: null,
  why: "old code asks for the old name",
  safeWay: "make the new schema beside it and move in steps",
  breaks: ["3F000", "42P01"],
});

export const tableRules = [
  REFERENCES,
  DROP_TABLE,
  RENAME_TABLE,
  RENAME_WITH_VIEW,
  PARTITION_OF,
  DROP_SCHEMA,
  RENAME_SCHEMA,
];

export const tables: Matcher = (node, cx) => {
  if ("CreateStmt" in node) return createTable(node.CreateStmt, cx);
  if ("CreateTableAsStmt" in node) return fresh();
  if ("RenameStmt" in node) return rename(node.RenameStmt, cx);
  if ("AlterObjectSchemaStmt" in node) {
    const { objectType, relation } = node.AlterObjectSchemaStmt;
    if (objectType !== "OBJECT_TABLE" && objectType !== "OBJECT_VIEW" && objectType !== "OBJECT_MATVIEW") return null;
    const parts = rangeParts(relation);
    if (isFresh(cx.world, parts)) return fresh();
    return found(RENAME_TABLE, [keyOf(cx.world, parts)]);
  }
  if ("DropStmt" in node) return dropped(node.DropStmt, cx);
  if ("DropOwnedStmt" in node || "DropRoleStmt" in node || "DropdbStmt" in node) return found(DROP_SCHEMA, []);
  return null;
};

function createTable(made: CreateStmt, cx: Context): readonly Finding[] {
  const { world } = cx;
  const parts = rangeParts(made.relation);
  if (made.if_not_exists === true && world.complete && relationAt(world, parts) !== undefined) {
    return nothing("the table is there already, and is left as it is");
  }
  const findings: Finding[] = [];
  const parents = (made.inhRelations ?? []).flatMap((one) => ("RangeVar" in one ? [rangeParts(one.RangeVar)] : []));
  for (const parent of parents) {
    if (isFresh(world, parent) || made.partbound === undefined) continue;
    const above = relationAt(world, parent);
    const rows = above?.defaultPartition ?? null;
    findings.push({
      rule: PARTITION_OF,
      on: [keyOf(world, parent)],
      scan: rows !== false,
      ...(rows === false ? { compatibility: "expand", condition: null } : {}),
      ...(rows === null ? { undecided: "whether the partitioned table has a default partition" } : {}),
    });
  }
  const referred = referredBy(made).filter((one) => !isFresh(world, one) && keyOf(world, one) !== keyOf(world, parts));
  if (referred.length > 0) {
    const truncated = referred.find((one) => relationAt(world, one)?.truncated === true);
    findings.push({
      rule: REFERENCES,
      on: [...new Set(referred.map((one) => keyOf(world, one)))],
      ...(truncated === undefined ? {} : truncateFails(keyOf(world, truncated))),
    });
  }
  return findings.length === 0 ? fresh() : findings;
}

/** Granting TRUNCATE is rare enough to mean that it is used. */
export const truncateFails = (table: string) => ({
  compatibility: "contract" as const,
  why: `a role that is not its owner may TRUNCATE ${table}, which fails as long as another table refers to it`,
  safeWay: "have the running code DELETE instead, and revoke TRUNCATE, first",
  breaks: ["0A000"],
});

/** Tables that foreign keys inside this tree refer to. */
export function referredBy(tree: unknown): readonly (readonly string[])[] {
  const referred: (readonly string[])[] = [];
  walk(tree, (tag, body) => {
    if (tag === "Constraint" && body.pktable !== undefined) referred.push(rangeParts(body.pktable as RangeVar));
  });
  return referred;
}

function rename(made: RenameStmt, cx: Context): readonly Finding[] | null {
  if (made.renameType === "OBJECT_SCHEMA") return found(RENAME_SCHEMA);
  if (!["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE"].includes(made.renameType ?? ""))
    return null;
  const parts = rangeParts(made.relation);
  if (made.missing_ok === true && isAbsent(cx.world, parts)) return nothing("there is no such table");
  if (isFresh(cx.world, parts)) return fresh();
  const on = [keyOf(cx.world, parts)];
  if (made.renameType !== "OBJECT_TABLE") return found(RENAME_TABLE, on);
  const facade = facadeOf(keyOf(cx.world, parts), cx);
  if (facade === null) return found(RENAME_TABLE, on);
  const relation = relationAt(cx.world, parts);
  const lacking = lackingIn(facade.query, { relation, newname: made.newname ?? "" });
  if (lacking !== null) {
    return found(RENAME_TABLE, on, {
      why: `the view under the old name is not the whole table: ${lacking}`,
      safeWay: "let the view give all columns and all rows, under their old names: SELECT * FROM the renamed table",
      breaks: ["42703", "other result"],
    });
  }
  const grantees = relation?.grantees ?? null;
  const forgotten = (grantees ?? []).filter((name) => !facade.granted.has(name));
  if (grantees !== null && forgotten.length > 0) {
    return found(RENAME_TABLE, on, {
      why: `the view under the old name is not granted to ${forgotten.join(", ")}, who may use the table`,
      safeWay: "grant on the view what the table granted, in the same transaction",
      breaks: ["42501"],
    });
  }
  const undecided = grantees === null ? { undecided: "to whom the table is granted" } : {};
  return facade.granted.size === 0 && grantees === null
    ? found(RENAME_TABLE, on, {
        why: "the view under the old name is granted to nobody; only its owner can use it",
        safeWay: "grant on the view what the table granted, in the same transaction",
        breaks: ["42501"],
        ...undecided,
      })
    : found(RENAME_WITH_VIEW, on, undecided);
}

/** The view that a later statement of the file makes under this name, and who is granted anything on it. */
type Facade = Readonly<{ query: unknown; granted: ReadonlySet<string> }>;

function facadeOf(key: string, cx: Context): Facade | null {
  const granted = new Set<string>();
  let query: unknown = null;
  for (const node of cx.script.slice(cx.index + 1)) {
    if ("ViewStmt" in node && keyOf(cx.world, rangeParts(node.ViewStmt.view)) === key) query = node.ViewStmt.query;
    if (query === null || !("GrantStmt" in node) || node.GrantStmt.is_grant !== true) continue;
    const names = (object: Node): boolean =>
      "RangeVar" in object && keyOf(cx.world, rangeParts(object.RangeVar)) === key;
    if (!(node.GrantStmt.objects ?? []).some(names)) continue;
    for (const name of granteesIn(node.GrantStmt)) granted.add(name);
  }
  return query === null ? null : { query, granted };
}

const WHOLE = new Set([
  "OBJECT_SCHEMA",
  "OBJECT_EXTENSION",
  "OBJECT_COLLATION",
  "OBJECT_OPERATOR",
  "OBJECT_CAST",
  "OBJECT_AGGREGATE",
  "OBJECT_FOREIGN_SERVER",
  "OBJECT_FOREIGN_TABLE",
  "OBJECT_FDW",
  "OBJECT_TSCONFIGURATION",
  "OBJECT_TSDICTIONARY",
  "OBJECT_OPCLASS",
  "OBJECT_LANGUAGE",
]);

function dropped(made: DropStmt, cx: Context): readonly Finding[] | null {
  const { world } = cx;
  if (made.removeType === "OBJECT_SCHEMA" && made.missing_ok === true && world.schemas !== null) {
    const there = (made.objects ?? []).some((object) => world.schemas?.has(dotted(object)[0] ?? "") === true);
    if (!there) return nothing("there is no such schema");
  }
  if (WHOLE.has(made.removeType ?? "")) return found(DROP_SCHEMA, []);
  if (made.removeType !== "OBJECT_TABLE") return null;
  const names = (made.objects ?? []).map((object) => dotted(object));
  const there = names.filter((parts) => !(made.missing_ok === true && isAbsent(world, parts)));
  if (there.length === 0) return nothing("there is no such table");
  const known = there.filter((parts) => !isFresh(world, parts));
  return known.length === 0
    ? fresh("the same release made it")
    : found(
        DROP_TABLE,
        known.map((parts) => keyOf(world, parts)),
      );
}
