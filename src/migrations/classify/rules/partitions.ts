import { rangeParts } from "../ast.ts";
import { isFresh, keyOf, relationAt } from "../world/world.ts";
import type { ChangeMatcher } from "./alter-table.ts";
import { found, rule } from "./rule.ts";

const ATTACH = rule({
  name: "attach-partition",
  row: 56,
  statement: "ATTACH PARTITION",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  scan: true,
  why: "the partition's rows appear in the parent; they are read while nobody can use the partition",
  condition: "old code may see the partition's rows in the parent",
  safeWay: "first a validated CHECK on the partition that is its bound: then no row is read",
  breaks: ["rows appear"],
});
const DETACH = rule({
  name: "detach-partition",
  row: 57,
  statement: "DETACH PARTITION",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "the partition's rows vanish from the parent, and old code's INSERT of such rows fails",
  safeWay: "DETACH PARTITION … CONCURRENTLY (not with a default partition), once no code needs the rows",
  breaks: ["rows vanish", "23514"],
});
const INHERIT = rule({
  name: "change-inheritance",
  row: 57,
  statement: "INHERIT, NO INHERIT",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "rows appear in the parent or vanish from it",
  safeWay: "change the code that reads the parent first",
  breaks: ["rows appear or vanish"],
});

export const partitionRules = [ATTACH, DETACH, INHERIT];

export const partitions: ChangeMatcher = ({ cmd, on, table, cx }) => {
  switch (cmd.subtype) {
    case "AT_AttachPartition": {
      if (cmd.def === undefined || !("PartitionCmd" in cmd.def)) return null;
      const child = rangeParts(cmd.def.PartitionCmd.name);
      const childFresh = isFresh(cx.world, child);
      const searched = table?.defaultPartition !== false && cmd.def.PartitionCmd.bound?.is_default !== true;
      if (childFresh) {
        return found(ATTACH, [on], {
          mode: "ShareUpdateExclusive",
          scan: searched,
          why: "the new partition's rows appear in the parent",
          compatibility: searched ? "expand-if" : "expand",
          condition: searched ? "no default partition holds many rows" : null,
        });
      }
      return found(ATTACH, [on, keyOf(cx.world, child)], { scan: !proven(relationAt(cx.world, child)) });
    }
    case "AT_DetachPartition": {
      if (cmd.def === undefined || !("PartitionCmd" in cmd.def)) return null;
      const child = keyOf(cx.world, rangeParts(cmd.def.PartitionCmd.name));
      if (isFresh(cx.world, rangeParts(cmd.def.PartitionCmd.name)))
        return found(DETACH, [on], { compatibility: "expand" });
      return cmd.def.PartitionCmd.concurrent === true
        ? found(DETACH, [on, child], { mode: "ShareUpdateExclusive", safeWay: null })
        : found(DETACH, [on, child]);
    }
    case "AT_DetachPartitionFinalize":
      return found(DETACH, [on], { mode: "ShareUpdateExclusive" });
    case "AT_AddInherit":
    case "AT_DropInherit":
      return found(INHERIT, [on]);
    default:
      return null;
  }
};

/** Whether the CHECK is the bound only PostgreSQL can tell; that there is none is plain. */
const proven = (child: ReturnType<typeof relationAt>): boolean =>
  [...(child?.constraints.values() ?? [])].some(({ kind, validated }) => kind === "check" && validated);
