import type { Node } from "libpg-query";
import { dotted } from "./ast.ts";

/** The text of a function as CREATE FUNCTION has it; null: it is in another form. */
export function bodyOf(options: readonly Node[] | undefined): string | null {
  for (const option of options ?? []) {
    if ("DefElem" in option && option.DefElem.defname === "as") return dotted(option.DefElem.arg)[0] ?? null;
  }
  return null;
}

/**
 * Which columns of NEW a PL/pgSQL trigger function assigns, where it does nothing else that a writer could notice: no other
 * table, no error, no row taken away. Null: it may do anything.
 */
export const assigned = (options: readonly Node[] | undefined): readonly string[] | null => assignedBy(bodyOf(options));

export function assignedBy(text: string | null): readonly string[] | null {
  const body = text?.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\/|'[^']*'/g, " ");
  if (body === undefined) return null;
  if (/\b(raise|insert|update|delete|perform|execute|call|select|return\s+null|assert|notify|truncate)\b/i.test(body))
    return null;
  const found = [...body.matchAll(/\bnew\s*\.\s*("[^"]+"|\w+)\s*:?=/gi)].map(([, name = ""]) => name);
  return found.map((name) => (name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase()));
}
