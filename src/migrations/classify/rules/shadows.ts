import type { SqlNode } from "../../parse-sql.ts";
import { rangeParts, words } from "../ast.ts";
import type { World } from "../world/world.ts";
import { type Context, type Finding, found, rule } from "./rule.ts";

const SHADOW = rule({
  name: "shadow-name",
  row: 58,
  statement: "CREATE of a table, view, sequence or function in a schema that is named like a role",
  compatibility: "contract",
  mode: null,
  why: "that role looks there first: a name without a schema means the new object from then on",
  safeWay: "give it a name that no running code uses, or put it into a schema that is named like nobody",
  breaks: ["42703", "42501", "other result"],
});

export const shadowRules = [SHADOW];

/** `"$user"` stands first in PostgreSQL's search_path: what is made in such a schema hides what old code means by the name. */
export function shadowed(node: SqlNode, { world }: Context): readonly Finding[] {
  const parts = madeIn(node, world);
  const [schema = "", name = ""] = parts ?? [];
  if (parts === null || !world.roles.has(schema) || schema === world.schema) return [];
  const same = (map: ReadonlyMap<string, unknown>): boolean =>
    [...map.keys()].some((key) => key !== `${schema}.${name}` && key.slice(key.indexOf(".") + 1) === name);
  const hidden = "CreateFunctionStmt" in node ? same(world.functions) : same(world.relations);
  return hidden
    ? found(SHADOW, [], { why: `${schema} looks there first, and means ${schema}.${name} from then on` })
    : [];
}

/** The schema and the name of what is made; null: it makes no such thing. */
function madeIn(node: SqlNode, world: World): readonly [string, string] | null {
  const parts =
    "CreateStmt" in node
      ? rangeParts(node.CreateStmt.relation)
      : "ViewStmt" in node
        ? rangeParts(node.ViewStmt.view)
        : "CreateTableAsStmt" in node
          ? rangeParts(node.CreateTableAsStmt.into?.rel)
          : "CreateSeqStmt" in node
            ? rangeParts(node.CreateSeqStmt.sequence)
            : "CreateFunctionStmt" in node
              ? words(node.CreateFunctionStmt.funcname)
              : null;
  if (parts === null) return null;
  return [parts.length > 1 ? (parts.at(-2) ?? "") : world.schema, parts.at(-1) ?? ""];
}
