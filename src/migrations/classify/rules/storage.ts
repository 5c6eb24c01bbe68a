import { rangeParts } from "../ast.ts";
import { replicaIdentityOf } from "../world/replica-identity.ts";
import { isFresh, keyOf } from "../world/world.ts";
import type { ChangeMatcher } from "./alter-table.ts";
import { quick } from "./columns.ts";
import { fresh, upkeep } from "./plain.ts";
import { unpublishable } from "./publications.ts";
import { found, type Matcher, rule } from "./rule.ts";

const REWRITE = rule({
  name: "rewrite-table",
  row: 60,
  statement: "CLUSTER, VACUUM FULL, SET LOGGED, SET UNLOGGED, SET TABLESPACE, SET ACCESS METHOD",
  compatibility: "expand",
  mode: "AccessExclusive",
  rewrite: true,
  scan: true,
  why: "every row is written anew while nobody can read the table",
  safeWay: "at a quiet time, apart from a release",
});
const REFRESH = rule({
  name: "refresh-view",
  row: 60,
  statement: "REFRESH MATERIALIZED VIEW",
  compatibility: "expand",
  mode: "AccessExclusive",
  rewrite: true,
  scan: true,
  why: "nobody can read the view until it is filled",
  safeWay: "REFRESH MATERIALIZED VIEW CONCURRENTLY (it needs a unique index)",
});
const OWNER = rule({
  name: "change-owner",
  row: 58,
  statement: "OWNER TO, REASSIGN OWNED",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "the owner before loses what it may do; views and functions run as the new one",
  safeWay: "grant the former owner what it needs, first",
  breaks: ["42501"],
});

export const storageRules = [REWRITE, REFRESH, OWNER];

export const storage: ChangeMatcher = ({ cmd, on }) => {
  switch (cmd.subtype) {
    case "AT_SetStatistics":
    case "AT_SetOptions":
    case "AT_ResetOptions":
    case "AT_SetRelOptions":
    case "AT_ResetRelOptions":
    case "AT_ReplaceRelOptions":
    case "AT_ClusterOn":
    case "AT_DropCluster":
      return upkeep([on]);
    case "AT_SetStorage":
    case "AT_SetCompression":
    case "AT_AddOf":
    case "AT_DropOf":
    case "AT_DropOids":
      return quick(on, "how rows are stored changes, not what a query returns");
    case "AT_ReplicaIdentity":
      return replicaIdentityOf(cmd.def) === "nothing"
        ? unpublishable(on)
        : quick(on, "what replicas are told changes, not what a query returns");
    case "AT_SetLogged":
    case "AT_SetUnLogged":
    case "AT_SetTableSpace":
    case "AT_SetAccessMethod":
      return found(REWRITE, [on]);
    case "AT_ChangeOwner":
      return found(OWNER, [on]);
    default:
      return null;
  }
};

export const upkeepOfTables: Matcher = (node, cx) => {
  if ("ClusterStmt" in node) return found(REWRITE, [keyOf(cx.world, rangeParts(node.ClusterStmt.relation))]);
  if ("VacuumStmt" in node) {
    const { is_vacuumcmd, options = [], rels = [] } = node.VacuumStmt;
    const on = rels.flatMap((one) =>
      "VacuumRelation" in one ? [keyOf(cx.world, rangeParts(one.VacuumRelation.relation))] : [],
    );
    const full = options.some((one) => "DefElem" in one && one.DefElem.defname === "full");
    return is_vacuumcmd === true && full ? found(REWRITE, on) : upkeep(on);
  }
  if ("RefreshMatViewStmt" in node) {
    const { concurrent, relation } = node.RefreshMatViewStmt;
    const parts = rangeParts(relation);
    if (isFresh(cx.world, parts)) return fresh();
    return found(
      REFRESH,
      [keyOf(cx.world, parts)],
      concurrent === true
        ? { mode: "Exclusive", rewrite: false, safeWay: null, why: "the view can be read meanwhile" }
        : {},
    );
  }
  if ("AlterOwnerStmt" in node) return found(OWNER, [], { mode: null });
  if ("ReassignOwnedStmt" in node) return found(OWNER, []);
  return null;
};
