import { child, itemsOf, type Node, textOf } from "../read/node.ts";
import type { TypeName } from "./view.ts";

const NAMES: ReadonlySet<string> = new Set(["string", "number", "integer", "boolean", "object", "array"]);
const SCALARS: ReadonlySet<TypeName> = new Set(["string", "number", "integer", "boolean"]);

export type Types = Readonly<{ types: ReadonlySet<TypeName> | null; nullable: boolean | null }>;

/** By a schema's own `type` and `nullable`; types null: it names none. */
export function ownTypes(node: Node): Types {
  const type = child(node, "type");
  if (type === null) return { types: null, nullable: null };
  const names = type.kind === "list" ? itemsOf(type).map(textOf) : [textOf(type)];
  return {
    types: new Set(names.filter((name): name is TypeName => name !== null && NAMES.has(name))),
    nullable: names.includes("null"),
  };
}

/** How the types of one schema stand to those of another. `text`: on the wire everything is a string of characters. */
export function relation(
  old: ReadonlySet<TypeName> | null,
  next: ReadonlySet<TypeName> | null,
  text: boolean,
): "same" | "narrower" | "wider" | "other" {
  const wider = covers(next, old, text);
  const narrower = covers(old, next, text);
  if (wider && narrower) return "same";
  return wider ? "wider" : narrower ? "narrower" : "other";
}

function covers(all: ReadonlySet<TypeName> | null, some: ReadonlySet<TypeName> | null, text: boolean): boolean {
  if (all === null) return true;
  if (some === null) return all.size === NAMES.size;
  return [...some].every(
    (one) =>
      all.has(one) || (one === "integer" && all.has("number")) || (text && all.has("string") && SCALARS.has(one)),
  );
}

/** Types that both allow; `integer` of `number` and `integer`. */
export function meet(a: ReadonlySet<TypeName> | null, b: ReadonlySet<TypeName> | null): ReadonlySet<TypeName> | null {
  if (a === null) return b;
  if (b === null) return a;
  const both = [...a].filter((one) => b.has(one) || (one === "integer" && b.has("number")));
  if (a.has("number") && b.has("integer") && !both.includes("integer")) both.push("integer");
  return new Set(both);
}

export function typeOfValue(value: unknown): TypeName | null {
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      return Number.isInteger(value) ? "integer" : "number";
    case "boolean":
      return "boolean";
    case "object":
      return value === null ? null : Array.isArray(value) ? "array" : "object";
    default:
      return null;
  }
}
