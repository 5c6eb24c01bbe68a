import type { ColumnRef, Node, RangeVar, TypeName } from "libpg-query";

/** The sval of each String node; anything else is left out. */
export const words = (nodes: readonly Node[] | undefined): readonly string[] =>
  (nodes ?? []).flatMap((node) => ("String" in node ? [node.String.sval ?? ""] : []));

/** A dotted name that the grammar keeps as a List, a TypeName, an ObjectWithArgs or a bare String. */
export function dotted(node: Node | undefined): readonly string[] {
  if (node === undefined) return [];
  if ("List" in node) return words(node.List.items);
  if ("TypeName" in node) return words(node.TypeName.names);
  if ("ObjectWithArgs" in node) return words(node.ObjectWithArgs.objname);
  if ("String" in node) return [node.String.sval ?? ""];
  return [];
}

export const rangeParts = (range: RangeVar | undefined): readonly string[] =>
  range === undefined ? [] : [...(range.schemaname === undefined ? [] : [range.schemaname]), range.relname ?? ""];

/** Goes through a tree of plain objects; `visit` gets every tagged node, the outer ones first. */
export function walk(tree: unknown, visit: (tag: string, body: Readonly<Record<string, unknown>>) => void): void {
  const open: unknown[] = [tree];
  while (open.length > 0) {
    const at = open.pop();
    if (Array.isArray(at)) for (let index = at.length - 1; index >= 0; index -= 1) open.push(at[index]);
    else if (typeof at === "object" && at !== null) {
      for (const [key, value] of Object.entries(at).reverse()) {
        if (typeof value !== "object" || value === null) continue;
        if (key >= "A" && key < "a" && !Array.isArray(value)) visit(key, value as Readonly<Record<string, unknown>>);
        open.push(value);
      }
    }
  }
}

/** Names of the columns that an expression reads: the last part of each reference. */
export function columnsIn(tree: unknown): readonly string[] {
  const found: string[] = [];
  walk(tree, (tag, body) => {
    if (tag === "ColumnRef") found.push(words((body as ColumnRef).fields).at(-1) ?? "*");
  });
  return found;
}

/** Names of the functions that an expression calls, without their schema. */
export function callsIn(tree: unknown): readonly string[] {
  const found: string[] = [];
  walk(tree, (tag, body) => {
    if (tag === "FuncCall") found.push(words((body as { funcname?: readonly Node[] }).funcname).at(-1) ?? "");
  });
  return found;
}

/** A type as written: its names without pg_catalog, its modifiers, how many dimensions. */
export type WrittenType = Readonly<{ name: string; mods: readonly number[]; array: boolean; serial: boolean }>;

const SERIALS = new Set(["serial", "serial4", "bigserial", "serial8", "smallserial", "serial2"]);

export function writtenType(type: TypeName | undefined): WrittenType {
  const names = words(type?.names);
  const own = names[0] === "pg_catalog" ? names.slice(1) : names;
  const mods = (type?.typmods ?? []).map((mod) => ("A_Const" in mod ? (mod.A_Const.ival?.ival ?? 0) : Number.NaN));
  const name = own.join(".");
  return {
    name,
    mods,
    array: (type?.arrayBounds ?? []).length > 0,
    serial: own.length === 1 && SERIALS.has(name),
  };
}

/** With how many arguments a routine may be called. */
export function callRange(parameters: readonly Node[] | undefined): Readonly<{ least: number; most: number }> {
  const inputs = (parameters ?? []).flatMap((node) =>
    "FunctionParameter" in node && !["FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"].includes(node.FunctionParameter.mode ?? "")
      ? [node.FunctionParameter]
      : [],
  );
  const variadic = inputs.some(({ mode }) => mode === "FUNC_PARAM_VARIADIC");
  const optional = inputs.filter(({ defexpr }) => defexpr !== undefined).length;
  return {
    least: inputs.length - optional - (variadic ? 1 : 0),
    most: variadic ? Number.POSITIVE_INFINITY : inputs.length,
  };
}
