import type { GrantStmt } from "libpg-query";
import { dotted, rangeParts } from "../ast.ts";
import { isFresh, keyOf } from "../world/world.ts";
import { fresh } from "./plain.ts";
import { type Context, found, type Matcher, rule } from "./rule.ts";

const GRANT = rule({
  name: "grant",
  row: 58,
  statement: "GRANT, CREATE ROLE",
  compatibility: "expand",
  mode: null,
  why: "it only allows more",
});
const REVOKE = rule({
  name: "revoke",
  row: 58,
  statement: "REVOKE",
  compatibility: "contract",
  mode: null,
  why: "code that runs as that role, of this service or of another, is refused",
  safeWay: "revoke in a later release, once no code of any service needs the right",
  breaks: ["42501"],
});
const REVOKE_DEFAULT = rule({
  name: "revoke-default",
  row: 58,
  statement: "ALTER DEFAULT PRIVILEGES … REVOKE",
  compatibility: "expand-if",
  mode: null,
  why: "it is about objects that are made later",
  condition: "what is made later is granted expressly",
});
const REVOKE_EXECUTE = rule({
  name: "revoke-execute",
  row: 52,
  statement: "REVOKE EXECUTE",
  compatibility: "contract",
  mode: null,
  why: "old code that calls the function is refused",
  safeWay: "revoke in a later release, once no code of any service calls it",
  breaks: ["42501"],
});
const SETTING = rule({
  name: "change-setting",
  row: 58,
  statement: "ALTER ROLE … SET, ALTER DATABASE … SET (search_path and others)",
  compatibility: "contract",
  mode: null,
  why: "every new session of old code begins with other settings; with another search_path it finds other tables or none",
  safeWay: "set it in the connection of the new code",
  breaks: ["42P01", "other results"],
});
const ALTER_ROLE = rule({
  name: "alter-role",
  row: 58,
  statement: "ALTER ROLE",
  compatibility: "contract",
  mode: null,
  why: "code that runs as that role may lose its password or its rights",
  safeWay: "make a new role beside it",
  breaks: ["28P01", "42501"],
});

export const accessRules = [GRANT, REVOKE, REVOKE_DEFAULT, REVOKE_EXECUTE, SETTING, ALTER_ROLE];

export const access: Matcher = (node, cx) => {
  if ("GrantStmt" in node) return granted(node.GrantStmt, cx);
  if ("GrantRoleStmt" in node) return found(node.GrantRoleStmt.is_grant === true ? GRANT : REVOKE);
  if ("AlterDefaultPrivilegesStmt" in node) {
    return found(node.AlterDefaultPrivilegesStmt.action?.is_grant === true ? GRANT : REVOKE_DEFAULT);
  }
  if ("AlterRoleSetStmt" in node || "AlterDatabaseSetStmt" in node) return found(SETTING);
  if ("AlterRoleStmt" in node) return found(ALTER_ROLE);
  return null;
};

function granted(made: GrantStmt, cx: Context) {
  const { world } = cx;
  if (made.is_grant === true) return found(GRANT);
  const callable = ["OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"].includes(made.objtype ?? "");
  const objects = made.objects ?? [];
  const isNew = (object: (typeof objects)[number]): boolean => {
    if ("RangeVar" in object) return isFresh(world, rangeParts(object.RangeVar));
    if (!callable) return false;
    const known = world.functions.get(keyOf(world, dotted(object))) ?? [];
    return known.length > 0 && known.every((one) => one.fresh);
  };
  if (objects.length > 0 && made.targtype === "ACL_TARGET_OBJECT" && objects.every(isNew)) return fresh();
  return found(callable ? REVOKE_EXECUTE : REVOKE);
}
