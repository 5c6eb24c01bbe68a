import { posix } from "node:path";
import type { Node } from "./node.ts";

/** A `$ref`: the file that it means and the steps in it. Null: of the web, which is not fetched. */
export function splitRef(ref: string, from: string): Readonly<{ file: string; steps: readonly string[] }> | null {
  const hash = ref.indexOf("#");
  const path = hash === -1 ? ref : ref.slice(0, hash);
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith("//")) return null;
  const pointer = hash === -1 ? "" : ref.slice(hash + 1);
  const steps = pointer === "" ? [] : pointer.replace(/^\//, "").split("/").map(unescaped);
  return { file: path === "" ? from : posix.normalize(posix.join(posix.dirname(from), decoded(path))), steps };
}

const unescaped = (step: string): string => decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function walk(root: Node, steps: readonly string[]): Node | null {
  let at: Node | undefined = root;
  for (const step of steps) {
    if (at?.kind === "map") at = at.entries.get(step)?.node;
    else if (at?.kind === "list") at = at.items[Number(step)];
    else return null;
  }
  return at ?? null;
}
