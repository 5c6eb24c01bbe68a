import { dotted, words } from "../ast.ts";
import { keyOf } from "../world/world.ts";
import { fresh, nothing } from "./plain.ts";
import { type Context, found, type Matcher, rule } from "./rule.ts";

const ADD_VALUE = rule({
  name: "add-enum-value",
  row: 45,
  statement: "ALTER TYPE … ADD VALUE",
  compatibility: "expand-if",
  mode: null,
  why: "old code meets the value once new code writes it; the value cannot be used in the same transaction, nor taken away again",
  condition: "old code bears a value that it does not know",
  breaks: ["55P04", "unknown value read"],
});
const RENAME_VALUE = rule({
  name: "rename-type",
  row: 46,
  statement: "ALTER TYPE … RENAME VALUE, RENAME TO, SET SCHEMA; DROP TYPE, DROP DOMAIN",
  compatibility: "contract",
  mode: null,
  why: "old code that writes the value or names the type fails",
  safeWay: "add the new value, move the rows in batches, leave the old value",
  breaks: ["22P02", "42704"],
});
const COMPOSITE = rule({
  name: "change-composite",
  row: 46,
  statement: "ALTER TYPE … ADD, DROP, ALTER ATTRIBUTE",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code that builds or reads the type finds other attributes",
  safeWay: "make a new type",
  breaks: ["42804", "22P02"],
});
const DOMAIN = rule({
  name: "constrain-domain",
  row: 47,
  statement: "ALTER DOMAIN … ADD CHECK, SET NOT NULL",
  compatibility: "contract",
  mode: "Share",
  scan: true,
  why: "old code may write what the domain refuses; every table that uses it is read while nobody can write it",
  safeWay: "a CHECK on the column, NOT VALID, once no running code writes what it refuses",
  breaks: ["23514", "23502"],
});
const LOOSEN_DOMAIN = rule({
  name: "loosen-domain",
  row: 47,
  statement: "ALTER DOMAIN … DROP CONSTRAINT, DROP NOT NULL, VALIDATE; SET and DROP DEFAULT",
  compatibility: "expand-if",
  mode: null,
  why: "what the domain refused is now stored",
  condition: "no running code relies on the domain to refuse",
});

export const typeRules = [ADD_VALUE, RENAME_VALUE, COMPOSITE, DOMAIN, LOOSEN_DOMAIN];

export const types: Matcher = (node, cx) => {
  if ("AlterEnumStmt" in node) {
    const { typeName, oldVal } = node.AlterEnumStmt;
    if (isNew(cx, words(typeName))) return fresh();
    return found(oldVal === undefined ? ADD_VALUE : RENAME_VALUE);
  }
  if ("RenameStmt" in node && ["OBJECT_TYPE", "OBJECT_DOMAIN"].includes(node.RenameStmt.renameType ?? "")) {
    return isNew(cx, dotted(node.RenameStmt.object)) ? fresh() : found(RENAME_VALUE);
  }
  if ("RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_ATTRIBUTE") return found(COMPOSITE);
  if ("RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_DOMCONSTRAINT") {
    return found(LOOSEN_DOMAIN, [], { condition: "no running code tells errors apart by the constraint's name" });
  }
  if (
    "AlterObjectSchemaStmt" in node &&
    ["OBJECT_TYPE", "OBJECT_DOMAIN"].includes(node.AlterObjectSchemaStmt.objectType ?? "")
  ) {
    return isNew(cx, dotted(node.AlterObjectSchemaStmt.object)) ? fresh() : found(RENAME_VALUE);
  }
  if ("AlterTypeStmt" in node) return found(COMPOSITE, [], { mode: null });
  if ("AlterTableStmt" in node && node.AlterTableStmt.objtype === "OBJECT_TYPE") return found(COMPOSITE);
  if ("AlterDomainStmt" in node) {
    const { typeName, subtype, def } = node.AlterDomainStmt;
    if (isNew(cx, words(typeName))) return fresh();
    // T: default, N: drop not null, O: set not null, C: add constraint, X: drop constraint, V: validate.
    if (subtype === "C" || subtype === "O") {
      const later = def !== undefined && "Constraint" in def && def.Constraint.skip_validation === true;
      const users = usersOf(cx, keyOf(cx.world, words(typeName)));
      return found(DOMAIN, later ? [] : users, later ? { mode: null, scan: false } : {});
    }
    if (subtype === "T") {
      return found(LOOSEN_DOMAIN, [], {
        compatibility: "contract",
        why: "old code's INSERT that leaves such a column out stores another value",
        condition: null,
        breaks: ["other value stored"],
      });
    }
    if (subtype === "V")
      return found(LOOSEN_DOMAIN, usersOf(cx, keyOf(cx.world, words(typeName))), {
        compatibility: "expand",
        mode: "Share",
        scan: true,
        why: "every table that uses the domain is read",
        condition: null,
      });
    return found(LOOSEN_DOMAIN);
  }
  if ("DropStmt" in node && ["OBJECT_TYPE", "OBJECT_DOMAIN"].includes(node.DropStmt.removeType ?? "")) {
    const names = (node.DropStmt.objects ?? []).map((object) => dotted(object));
    if (
      node.DropStmt.missing_ok === true &&
      cx.world.complete &&
      names.every((parts) => !cx.world.types.has(keyOf(cx.world, parts)))
    ) {
      return nothing("there is no such type");
    }
    return names.every((parts) => isNew(cx, parts))
      ? fresh("the same release made it")
      : found(RENAME_VALUE, [], {
          why: "old code that names the type fails",
          safeWay: "drop it in a later release, once no code names it",
          breaks: ["42704"],
        });
  }
  return null;
};

const isNew = ({ world }: Context, parts: readonly string[]): boolean =>
  world.types.get(keyOf(world, parts))?.fresh === true;

/** Tables with a column of the type. */
const usersOf = ({ world }: Context, type: string): readonly string[] =>
  [...world.relations].flatMap(([name, { kind, fresh: isFresh, columns }]) =>
    (kind === "table" || kind === "partitioned") &&
    !isFresh &&
    [...columns.values()].some((column) => column.type !== null && keyOf(world, column.type.name.split(".")) === type)
      ? [name]
      : [],
  );
