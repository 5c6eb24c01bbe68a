import type { RangeVar, ResTarget, SelectStmt } from "libpg-query";
import { words } from "./ast.ts";
import type { Relation } from "./world/world.ts";

/**
 * What a view that stands for a renamed table does not give of it: rows or columns that old code asks for. Null: nothing that can be
 * seen is lacking.
 */
export function lackingIn(
  query: unknown,
  { relation, newname }: Readonly<{ relation: Relation | undefined; newname: string }>,
): string | null {
  const select = (query as { SelectStmt?: SelectStmt } | null)?.SelectStmt;
  const [from, ...others] = select?.fromClause ?? [];
  const read = (from as { RangeVar?: RangeVar } | undefined)?.RangeVar;
  if (select === undefined || others.length > 0 || read?.relname !== newname)
    return "it reads something else than the renamed table";
  if (select.whereClause !== undefined || select.limitCount !== undefined) return "rows are left out";
  if ((select.groupClause ?? select.distinctClause) !== undefined) return "rows are put together";
  const targets = (select.targetList ?? []).flatMap((one) => ("ResTarget" in one ? [one.ResTarget] : []));
  const given = targets.map(columnOf);
  if (given.includes("*") || relation?.whole !== true) return null;
  const lost = [...relation.columns.keys()].filter((name) => !given.includes(name));
  return lost.length === 0 ? null : `it lacks ${lost.join(", ")}`;
}

/** The column that it gives under its own name; null: something else. */
function columnOf({ name, val }: ResTarget): string | null {
  if (val === undefined || !("ColumnRef" in val)) return null;
  const fields = val.ColumnRef.fields ?? [];
  if (fields.some((field) => "A_Star" in field)) return "*";
  const own = words(fields).at(-1) ?? null;
  return name === undefined || name === own ? own : null;
}
