import { dotted, rangeParts } from "../ast.ts";
import { isFresh, keyOf, relationAt } from "../world/world.ts";
import type { ChangeMatcher } from "./alter-table.ts";
import { quick } from "./columns.ts";
import { fresh } from "./plain.ts";
import { found, type Matcher, rule } from "./rule.ts";

const ROW_SECURITY = rule({
  name: "row-security",
  row: 58,
  statement: "ENABLE, DISABLE, FORCE ROW LEVEL SECURITY",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "rows vanish from old code's queries, or rows that were hidden appear",
  safeWay: "first a permissive policy that lets the running code see what it saw, then ENABLE in a later release",
  breaks: ["zero rows", "42501"],
});
const POLICY = rule({
  name: "restrictive-policy",
  row: 58,
  statement: "CREATE POLICY … AS RESTRICTIVE, ALTER POLICY, DROP POLICY",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code sees and writes other rows than before",
  safeWay: "add a permissive policy, move the code, then restrict",
  breaks: ["zero rows", "42501"],
});
const PERMISSIVE = rule({
  name: "permissive-policy",
  row: 58,
  statement: "CREATE POLICY, permissive",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "it only lets more through",
  condition: "old code bears rows that were hidden from it",
  breaks: ["rows appear"],
});

export const rowSecurityRules = [ROW_SECURITY, POLICY, PERMISSIVE];

export const rowSecurity: ChangeMatcher = ({ cmd, on, table }) => {
  switch (cmd.subtype) {
    case "AT_EnableRowSecurity":
      return table?.rowSecurity === true ? quick(on, "row security is on already") : found(ROW_SECURITY, [on]);
    case "AT_DisableRowSecurity":
      return table?.rowSecurity === false ? quick(on, "row security is off already") : found(ROW_SECURITY, [on]);
    case "AT_ForceRowSecurity":
    case "AT_NoForceRowSecurity":
      return table?.rowSecurity === false ? quick(on, "row security is off") : found(ROW_SECURITY, [on]);
    default:
      return null;
  }
};

export const policies: Matcher = (node, cx) => {
  const { world } = cx;
  const judge = (parts: readonly string[], widening: boolean) => {
    if (isFresh(world, parts)) return fresh();
    const on = [keyOf(world, parts)];
    if (relationAt(world, parts)?.rowSecurity === false)
      return quick(on[0] ?? "", "row security is off: policies have no effect yet");
    return widening ? found(PERMISSIVE, on) : found(POLICY, on);
  };
  if ("CreatePolicyStmt" in node) {
    return judge(rangeParts(node.CreatePolicyStmt.table), node.CreatePolicyStmt.permissive === true);
  }
  if ("AlterPolicyStmt" in node) return judge(rangeParts(node.AlterPolicyStmt.table), false);
  if ("RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_POLICY") {
    const parts = rangeParts(node.RenameStmt.relation);
    return isFresh(world, parts) ? fresh() : quick(keyOf(world, parts), "no query names a policy");
  }
  if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_POLICY") {
    return (node.DropStmt.objects ?? []).flatMap((object) => judge(dotted(object).slice(0, -1), false));
  }
  return null;
};
