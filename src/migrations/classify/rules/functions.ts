import type { CreateFunctionStmt, DropStmt } from "libpg-query";
import { callRange, dotted, words } from "../ast.ts";
import { keyOf } from "../world/world.ts";
import { fresh, nothing } from "./plain.ts";
import { type Context, type Finding, found, type Matcher, rule } from "./rule.ts";

const REPLACE_FUNCTION = rule({
  name: "replace-function",
  row: 50,
  statement: "CREATE OR REPLACE FUNCTION, ALTER FUNCTION",
  compatibility: "contract",
  mode: null,
  why: "old code that calls it, or whose trigger it is, gets another behaviour at once",
  safeWay: "make a function under a new name",
  breaks: ["other behaviour"],
});
const OVERLOAD = rule({
  name: "overload-function",
  row: 51,
  statement: "CREATE FUNCTION beside another of the same name, with which a call may be ambiguous",
  compatibility: "contract",
  mode: null,
  why: "old code's call may match both, and fails",
  safeWay: "give it a name of its own",
  breaks: ["42725"],
});
const DROP_FUNCTION = rule({
  name: "drop-function",
  row: 52,
  statement: "DROP FUNCTION, ALTER FUNCTION … RENAME, SET SCHEMA",
  compatibility: "contract",
  mode: null,
  why: "old code that calls it fails",
  safeWay: "drop it in a later release, once no code calls it",
  breaks: ["42883"],
});

export const functionRules = [REPLACE_FUNCTION, OVERLOAD, DROP_FUNCTION];

const ROUTINES = ["OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"];

export const functions: Matcher = (node, cx) => {
  if ("CreateFunctionStmt" in node) return created(node.CreateFunctionStmt, cx);
  if ("AlterFunctionStmt" in node) {
    return isNew(
      cx,
      node.AlterFunctionStmt.func?.objname === undefined ? [] : words(node.AlterFunctionStmt.func.objname),
    )
      ? fresh()
      : found(REPLACE_FUNCTION);
  }
  if ("RenameStmt" in node && ROUTINES.includes(node.RenameStmt.renameType ?? "")) {
    return isNew(cx, dotted(node.RenameStmt.object)) ? fresh() : found(DROP_FUNCTION);
  }
  if ("AlterObjectSchemaStmt" in node && ROUTINES.includes(node.AlterObjectSchemaStmt.objectType ?? "")) {
    return isNew(cx, dotted(node.AlterObjectSchemaStmt.object)) ? fresh() : found(DROP_FUNCTION);
  }
  if ("DropStmt" in node && ROUTINES.includes(node.DropStmt.removeType ?? "")) return dropped(node.DropStmt, cx);
  return null;
};

const isNew = (cx: Context, parts: readonly string[]): boolean => {
  const known = cx.world.functions.get(keyOf(cx.world, parts)) ?? [];
  return known.length > 0 && known.every((one) => one.fresh);
};

function created(made: CreateFunctionStmt, cx: Context): readonly Finding[] {
  const known = cx.world.functions.get(keyOf(cx.world, words(made.funcname)));
  const { least, most } = callRange(made.parameters);
  if (known === undefined) {
    if (cx.world.complete || made.replace !== true) return fresh();
    return found(REPLACE_FUNCTION, [], { undecided: "whether there is such a function" });
  }
  const overlapping = known.filter((one) => one.least <= most && least <= one.most);
  if (overlapping.length > 0 && overlapping.every((one) => one.fresh)) return fresh();
  if (overlapping.length === 0) return fresh("no call that old code makes can mean it");
  const same = overlapping.some((one) => one.most === most);
  return made.replace === true && same ? found(REPLACE_FUNCTION) : found(OVERLOAD);
}

const tablesCalling = (cx: Context, fn: string): readonly string[] =>
  [...cx.world.relations].flatMap(([key, { triggers }]) =>
    [...triggers.values()].some((trigger) => trigger.fn === fn) ? [key] : [],
  );

function dropped(made: DropStmt, cx: Context): readonly Finding[] {
  const findings = (made.objects ?? []).flatMap((object): readonly Finding[] => {
    const parts = dotted(object);
    const known = cx.world.functions.get(keyOf(cx.world, parts));
    if (known === undefined && made.missing_ok === true && cx.world.complete)
      return nothing("there is no such function");
    if (isNew(cx, parts)) return fresh("the same release made it");
    // With it fall the triggers that call it, whose tables are locked.
    const fallen = made.behavior === "DROP_CASCADE" ? tablesCalling(cx, keyOf(cx.world, parts)) : [];
    return found(DROP_FUNCTION, fallen, fallen.length === 0 ? {} : { mode: "AccessExclusive" });
  });
  return findings.length > 0 ? findings : nothing("there is nothing to drop");
}
