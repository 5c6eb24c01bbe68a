/**
 * How a view's query changed. Qualified and bare columns, casts that PostgreSQL writes out, and names that only repeat a column
 * are told apart by nobody who reads the view. `appended`: its list has more at the end and all else is the same.
 */
export function sameShape(before: unknown, after: unknown): "same" | "appended" | "other" {
  const [was, is] = [select(before), select(after)];
  if (was === null || is === null) return "other";
  const [{ targetList: oldList = [], ...oldRest }, { targetList: newList = [], ...newRest }] = [was, is];
  if (text(oldRest) !== text(newRest)) return "other";
  const [olds, news] = [oldList.map(text), newList.map(text)];
  if (olds.some((one, index) => one !== news[index])) return "other";
  return olds.length === news.length ? "same" : "appended";
}

type Select = Readonly<{ targetList?: readonly unknown[] }>;

function select(tree: unknown): Select | null {
  const node = tree as { SelectStmt?: Select; ViewStmt?: { query?: unknown; aliases?: unknown[] } } | null;
  if (node?.SelectStmt !== undefined) return node.SelectStmt;
  if (node?.ViewStmt === undefined || (node.ViewStmt.aliases ?? []).length > 0) return null;
  return select(node.ViewStmt.query);
}

const text = (tree: unknown): string => JSON.stringify(simplified(tree));

function simplified(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(simplified);
  if (typeof tree !== "object" || tree === null) return tree;
  const node = tree as Record<string, unknown>;
  if (typeof node.ColumnRef === "object") {
    const fields = (node.ColumnRef as { fields?: unknown[] }).fields ?? [];
    return { column: simplified(fields.at(-1)) };
  }
  if (typeof node.TypeCast === "object") return simplified((node.TypeCast as { arg?: unknown }).arg);
  if (typeof node.ResTarget === "object") {
    const { name, val } = node.ResTarget as { name?: string; val?: unknown };
    const value = simplified(val);
    const own = (value as { column?: { String?: { sval?: string } } }).column?.String?.sval;
    return { target: value, name: name ?? own ?? null };
  }
  const entries = Object.entries(node).filter(
    ([key]) =>
      !["location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end", "schemaname"].includes(key),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, simplified(value)]));
}
