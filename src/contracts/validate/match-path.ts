import type { Api, Operation } from "../model/api.ts";

/** The operation that a request is for: the path without parameters before one with them. */
export function operationFor(api: Api, method: string, path: string): Operation | null {
  const [bare = ""] = path.split(/[?#]/);
  const parts = bare.replace(/(.)\/$/, "$1").split("/");
  const fitting = [...api.operations.values()].filter(
    (operation) => operation.method === method.toUpperCase() && fits(operation.path.split("/"), parts),
  );
  const fewest = (operation: Operation): number => operation.path.split("{").length;
  return fitting.sort((a, b) => fewest(a) - fewest(b))[0] ?? null;
}

function fits(template: readonly string[], parts: readonly string[]): boolean {
  if (template.length !== parts.length) return false;
  return template.every((part, at) => {
    if (!part.includes("{")) return part === parts[at];
    const pattern = part.split(/\{[^}]*\}/).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${pattern.join(".+")}$`).test(parts[at] ?? "");
  });
}
