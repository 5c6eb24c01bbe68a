import type { Node } from "libpg-query";
import { rangeParts } from "../ast.ts";
import { tellsRows } from "../world/replica-identity.ts";
import { keyOf, relationAt } from "../world/world.ts";
import { fresh, upkeep } from "./plain.ts";
import { type Context, found, type Matcher, rule } from "./rule.ts";

const PUBLISH = rule({
  name: "publish-table",
  row: null,
  statement:
    "CREATE PUBLICATION of a table without a primary key or another replica identity; REPLICA IDENTITY NOTHING",
  compatibility: "contract",
  mode: null,
  why: "old code's UPDATE and DELETE fail: the row that is meant could not be told to a replica",
  safeWay: "give the table a primary key or REPLICA IDENTITY FULL first, or publish inserts only",
  breaks: ["55000"],
});

export const publicationRules = [PUBLISH];

/** A table that may be published already loses what its rows were told apart by. */
export const unpublishable = (on: string) => found(PUBLISH, [on], { mode: "AccessExclusive" });

export const publications: Matcher = (node, cx) => {
  if ("CreatePublicationStmt" in node) {
    const { pubobjects = [], for_all_tables, options = [] } = node.CreatePublicationStmt;
    return published({ objects: for_all_tables === true ? null : pubobjects, inserts: insertsOnly(options) }, cx);
  }
  if ("AlterPublicationStmt" in node && node.AlterPublicationStmt.action === "AP_AddObjects")
    return published({ objects: node.AlterPublicationStmt.pubobjects ?? [], inserts: false }, cx);
  return null;
};

type Published = Readonly<{
  /** Null: all tables. */
  objects: readonly Node[] | null;
  /** Nothing but what is inserted. */
  inserts: boolean;
}>;

function published({ objects, inserts }: Published, { world, script, index }: Context) {
  const named = objects?.flatMap((one) =>
    "PublicationObjSpec" in one && one.PublicationObjSpec.pubtable?.relation !== undefined
      ? [rangeParts(one.PublicationObjSpec.pubtable.relation)]
      : [],
  );
  const whole = named === undefined || named.length < (objects?.length ?? 0);
  const tables = whole
    ? [...world.relations].filter(([, { kind, fresh: made }]) => kind === "table" && !made).map(([key]) => key)
    : named.map((parts) => keyOf(world, parts)).filter((key) => relationAt(world, key.split("."))?.fresh !== true);
  const mode = whole ? null : ("ShareUpdateExclusive" as const);
  const harmless = tables.length === 0 ? fresh() : upkeep(whole ? [] : tables, mode);
  if (inserts) return harmless;
  const later = takenLater(script.slice(index + 1));
  const mute = tables.filter(
    (key) => tellsRows(world.relations.get(key)) === false || later.some((parts) => keyOf(world, parts) === key),
  );
  if (mute.length > 0)
    return found(PUBLISH, whole ? [] : tables, {
      mode,
      why: `UPDATE and DELETE of ${mute.slice(0, 5).join(", ")} fail from then on`,
    });
  const unsure = tables.filter((key) => tellsRows(world.relations.get(key)) === null);
  return unsure.length > 0 || (whole && !world.complete)
    ? found(PUBLISH, whole ? [] : tables, { mode, undecided: "whether each table has a primary key" })
    : harmless;
}

/** Tables that lose their replica identity further down in the same file. */
const takenLater = (nodes: Context["script"]): readonly (readonly string[])[] =>
  nodes.flatMap((node) =>
    "AlterTableStmt" in node &&
    (node.AlterTableStmt.cmds ?? []).some(
      (cmd) =>
        "AlterTableCmd" in cmd &&
        cmd.AlterTableCmd.subtype === "AT_ReplicaIdentity" &&
        JSON.stringify(cmd.AlterTableCmd.def).includes('"identity_type":"n"'),
    )
      ? [rangeParts(node.AlterTableStmt.relation)]
      : [],
  );

const insertsOnly = (options: readonly Node[]): boolean =>
  options.some(
    (one) =>
      "DefElem" in one &&
      one.DefElem.defname === "publish" &&
      !/update|delete/.test(JSON.stringify(one.DefElem.arg ?? "")),
  );
