import { dotted, rangeParts } from "../ast.ts";
import { isFresh, keyOf, relationAt } from "../world/world.ts";
import { quick } from "./columns.ts";
import { droppedUnique, uniqueIndex } from "./constraints.ts";
import { fresh, nothing } from "./plain.ts";
import { type Context, type Finding, found, type Matcher, rule } from "./rule.ts";

const CREATE_INDEX = rule({
  name: "create-index",
  row: 40,
  statement: "CREATE INDEX",
  compatibility: "expand",
  mode: "Share",
  scan: true,
  why: "writers wait until the index is built",
  safeWay: "CREATE INDEX CONCURRENTLY, in a file of its own that begins with `-- sampan: no-transaction`",
});
const CREATE_CONCURRENTLY = rule({
  name: "create-index-concurrently",
  row: 41,
  statement: "CREATE INDEX CONCURRENTLY",
  compatibility: "expand",
  mode: "ShareUpdateExclusive",
  scan: true,
  why: "others read and write meanwhile; it must stand outside a transaction",
});
const CREATE_IF_MISSING = rule({
  name: "create-index-if-not-exists",
  row: 42,
  statement: "CREATE INDEX CONCURRENTLY IF NOT EXISTS",
  compatibility: "expand-if",
  mode: "ShareUpdateExclusive",
  scan: true,
  why: "an invalid index that a failed attempt left is passed over in silence, and is never used",
  condition: "no invalid index of that name is there",
  safeWay: "leave IF NOT EXISTS out: Sampan looks for an invalid index and drops it",
});
const DROP_INDEX = rule({
  name: "drop-index",
  row: 43,
  statement: "DROP INDEX",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "queries that used it become slow; nobody can read the table while it is dropped",
  condition: "no running code needs the index to be fast",
  safeWay: "DROP INDEX CONCURRENTLY, in a file of its own that begins with `-- sampan: no-transaction`",
});
const REINDEX = rule({
  name: "reindex",
  row: 44,
  statement: "REINDEX",
  compatibility: "expand",
  mode: "Share",
  scan: true,
  why: "writers wait until the index is built, and readers that would use it as well",
  safeWay: "REINDEX … CONCURRENTLY",
});
const RENAME_INDEX = rule({
  name: "rename-index",
  row: 39,
  statement: "ALTER INDEX … RENAME",
  compatibility: "expand-if",
  mode: null,
  why: "a constraint that owns the index is renamed with it",
  condition: "no running code names it, in ON CONFLICT ON CONSTRAINT or in what it makes of an error",
  breaks: ["42704"],
});

export const indexRules = [CREATE_INDEX, CREATE_CONCURRENTLY, CREATE_IF_MISSING, DROP_INDEX, REINDEX, RENAME_INDEX];

export const indexes: Matcher = (node, cx) => {
  if ("IndexStmt" in node) return create(node.IndexStmt, cx);
  if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX") {
    const { objects = [], missing_ok, concurrent } = node.DropStmt;
    return objects.flatMap((object) =>
      drop(dotted(object), { ifExists: missing_ok === true, concurrently: concurrent === true, cx }),
    );
  }
  if ("ReindexStmt" in node) {
    const { relation, params = [] } = node.ReindexStmt;
    const concurrently = params.some((one) => "DefElem" in one && one.DefElem.defname === "concurrently");
    const key = keyOf(cx.world, rangeParts(relation));
    const on = relation === undefined ? [] : [cx.world.indexes.get(key)?.table ?? key];
    return concurrently
      ? found(REINDEX, on, { mode: "ShareUpdateExclusive", safeWay: null, why: "others read and write meanwhile" })
      : found(REINDEX, on, { blocks: "reads" });
  }
  if ("RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_INDEX") {
    const index = cx.world.indexes.get(keyOf(cx.world, rangeParts(node.RenameStmt.relation)));
    if (index?.fresh === true) return fresh();
    if (index !== undefined && !index.unique)
      return found(RENAME_INDEX, [], {
        compatibility: "expand",
        condition: null,
        breaks: [],
        why: "no code names an index",
      });
    return found(RENAME_INDEX, [], index === undefined ? { undecided: "whether it is unique" } : {});
  }
  return null;
};

function create(made: import("libpg-query").IndexStmt, cx: Context): readonly Finding[] {
  const { world } = cx;
  const table = rangeParts(made.relation);
  const on = keyOf(world, table);
  const concurrently = made.concurrent === true;
  const key = made.idxname === undefined ? null : keyOf(world, [...table.slice(0, -1), made.idxname]);
  const known = key === null ? undefined : world.indexes.get(key);
  if (isFresh(world, table)) return fresh();
  if (made.if_not_exists === true && known?.valid === true) {
    return quick(on, "the index is there already", concurrently ? "ShareUpdateExclusive" : "Share");
  }
  const columns = (made.indexParams ?? []).flatMap((one) => ("IndexElem" in one ? [one.IndexElem.name ?? ""] : []));
  const relation = relationAt(world, table);
  if (made.unique === true) {
    // Old code writes NULL into columns that it does not know, and NULLs are all different.
    const spared = columns.some((name) => {
      const column = relation?.columns.get(name);
      return column?.fresh === true && column.default !== "some";
    });
    const eased = spared && made.nulls_not_distinct !== true;
    return uniqueIndex(
      on,
      {
        mode: concurrently ? "ShareUpdateExclusive" : "Share",
        scan: true,
        ...(eased
          ? {
              compatibility: "expand",
              why: "old code leaves the new column NULL, which is never a duplicate",
              breaks: [],
            }
          : {}),
      },
      concurrently,
    );
  }
  if (!concurrently) return found(CREATE_INDEX, [on]);
  if (made.if_not_exists !== true) return found(CREATE_CONCURRENTLY, [on]);
  if (known?.valid === false)
    return found(CREATE_IF_MISSING, [on], {
      why: "an invalid index of that name is there, and would be passed over in silence",
    });
  return world.complete
    ? found(CREATE_CONCURRENTLY, [on])
    : found(CREATE_IF_MISSING, [on], { undecided: "whether an invalid index of that name is there" });
}

type Drop = Readonly<{ ifExists: boolean; concurrently: boolean; cx: Context }>;

function drop(parts: readonly string[], { ifExists, concurrently, cx }: Drop): readonly Finding[] {
  const index = cx.world.indexes.get(keyOf(cx.world, parts));
  const mode = concurrently ? { mode: "ShareUpdateExclusive" as const, safeWay: null } : {};
  if (index === undefined) {
    if (ifExists && cx.world.complete) return nothing("there is no such index");
    return droppedUnique([], { ...mode, undecided: "whether the index is unique, and of which table" });
  }
  if (index.fresh || cx.world.relations.get(index.table)?.fresh === true) return fresh("the same release made it");
  // Nobody inserts into a materialized view.
  if (index.unique && cx.world.relations.get(index.table)?.kind === "materialized")
    return found(DROP_INDEX, [index.table], {
      ...mode,
      condition: "no running code refreshes the view CONCURRENTLY, or needs the index to be fast",
      breaks: ["55000"],
    });
  if (index.unique) return droppedUnique([index.table], mode);
  return found(DROP_INDEX, [index.table], concurrently ? { ...mode, why: "queries that used it become slow" } : {});
}
