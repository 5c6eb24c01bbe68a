import { dotted, rangeParts, words } from "../ast.ts";
import { isFresh, keyOf, relationAt, type World } from "../world/world.ts";
import type { ChangeMatcher } from "./alter-table.ts";
import { quick } from "./columns.ts";
import { fresh, nothing } from "./plain.ts";
import { type Finding, found, type Matcher, rule } from "./rule.ts";

const CREATE_TRIGGER = rule({
  name: "create-trigger",
  row: 53,
  statement: "CREATE TRIGGER, ENABLE TRIGGER, CREATE RULE",
  compatibility: "contract",
  mode: "ShareRowExclusive",
  why: "old code's writes do more, or something else, or fail",
  safeWay: "a trigger that assigns only columns that this release adds",
  breaks: ["other value stored", "P0001"],
});
const TRIGGER_ON_NEW = rule({
  name: "create-trigger-on-new-columns",
  row: 53,
  statement: "CREATE TRIGGER whose function only assigns columns of the same release",
  compatibility: "expand-if",
  mode: "ShareRowExclusive",
  why: "old code's writes fill columns that it does not know",
  condition: "the function cannot fail for any row that old code writes",
});
const DROP_TRIGGER = rule({
  name: "drop-trigger",
  row: 54,
  statement: "DROP TRIGGER, DISABLE TRIGGER, DROP RULE",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "old code relies on what the trigger does",
  safeWay: "drop it in a later release, once the code does it itself",
  breaks: ["effect lost"],
});

export const triggerRules = [CREATE_TRIGGER, TRIGGER_ON_NEW, DROP_TRIGGER];

/** What a trigger with this function does to the writes of old code. */
function effect(world: World, { table, fn, on }: Readonly<{ table: readonly string[]; fn: string; on: string }>) {
  const known = world.functions.get(fn);
  const assigns = known?.at(-1)?.assigns ?? null;
  const relation = relationAt(world, table);
  if (assigns === null) {
    return found(CREATE_TRIGGER, [on], known === undefined ? { undecided: "what its function does" } : {});
  }
  const old = assigns.filter((name) => relation?.columns.get(name)?.fresh !== true);
  return old.length === 0
    ? found(TRIGGER_ON_NEW, [on])
    : found(CREATE_TRIGGER, [on], { why: `old code's writes get another ${[...new Set(old)].join(", ")}` });
}

/** Where it stands, and how its table and function are written, makes no other trigger. */
function sameTrigger(before: unknown, after: unknown): boolean {
  const plain = (tree: unknown): string =>
    JSON.stringify(tree, (key, value: unknown) =>
      ["location", "replace", "relation", "funcname", "inh", "relpersistence"].includes(key) ? undefined : value,
    );
  return before !== null && plain(before) === plain(after);
}

export const triggerStates: ChangeMatcher = ({ cmd, on, table, parts, cx }) => {
  switch (cmd.subtype) {
    case "AT_EnableTrig":
    case "AT_EnableAlwaysTrig":
    case "AT_EnableReplicaTrig": {
      const known = table?.triggers.get(cmd.name ?? "");
      return known === undefined ? found(CREATE_TRIGGER, [on]) : effect(cx.world, { table: parts, fn: known.fn, on });
    }
    case "AT_EnableTrigAll":
    case "AT_EnableTrigUser":
      return found(CREATE_TRIGGER, [on]);
    case "AT_EnableRule":
    case "AT_EnableAlwaysRule":
    case "AT_EnableReplicaRule":
      return found(CREATE_TRIGGER, [on], { mode: "AccessExclusive" });
    case "AT_DisableTrig":
    case "AT_DisableTrigAll":
    case "AT_DisableTrigUser":
      return found(DROP_TRIGGER, [on], { mode: "ShareRowExclusive" });
    case "AT_DisableRule":
      return found(DROP_TRIGGER, [on]);
    default:
      return null;
  }
};

export const triggers: Matcher = (node, cx) => {
  const { world } = cx;
  if ("CreateTrigStmt" in node) {
    const { relation, funcname, replace, trigname = "" } = node.CreateTrigStmt;
    const table = rangeParts(relation);
    if (isFresh(world, table)) return fresh();
    const on = keyOf(world, table);
    const fn = keyOf(world, words(funcname));
    const before = replace === true ? relationAt(world, table)?.triggers.get(trigname) : undefined;
    if (before?.fn === fn) {
      return sameTrigger(before.made, node.CreateTrigStmt)
        ? quick(on, "the trigger is the same as before", "ShareRowExclusive")
        : found(CREATE_TRIGGER, [on], { why: "when the trigger runs may change" });
    }
    return effect(world, { table, fn, on });
  }
  if ("RuleStmt" in node) {
    const table = rangeParts(node.RuleStmt.relation);
    return isFresh(world, table) ? fresh() : found(CREATE_TRIGGER, [keyOf(world, table)], { mode: "AccessExclusive" });
  }
  if ("CreateEventTrigStmt" in node || "AlterEventTrigStmt" in node) return found(CREATE_TRIGGER, [], { mode: null });
  if ("RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_TRIGGER") {
    const table = rangeParts(node.RenameStmt.relation);
    return isFresh(world, table) ? fresh() : quick(keyOf(world, table), "no query names a trigger");
  }
  if ("DropStmt" in node && ["OBJECT_TRIGGER", "OBJECT_RULE"].includes(node.DropStmt.removeType ?? "")) {
    const missingOk = node.DropStmt.missing_ok === true;
    return (node.DropStmt.objects ?? []).flatMap((object): readonly Finding[] => {
      const parts = dotted(object);
      const table = parts.slice(0, -1);
      if (isFresh(world, table)) return fresh();
      const relation = relationAt(world, table);
      if (missingOk && world.complete && relation?.triggers.has(parts.at(-1) ?? "") !== true) {
        return node.DropStmt.removeType === "OBJECT_RULE"
          ? found(DROP_TRIGGER, [keyOf(world, table)])
          : nothing("there is no such trigger");
      }
      return found(DROP_TRIGGER, [keyOf(world, table)]);
    });
  }
  return null;
};
