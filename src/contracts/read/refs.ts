import { posix } from "node:path";
import { type Node, textOf } from "./node.ts";

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

/** What holds data in a schema or a media type; below `properties` the same words are names like others. */
const DATA = new Set(["example", "examples", "default", "enum", "const"]);

export type Ref = Readonly<{ ref: string; at: Node }>;

/** The words of every `$ref` below a node, with where they stand. */
export function refsIn(root: Node): readonly Ref[] {
  const found: Ref[] = [];
  const seen = new Set<Node>();
  const open: { node: Node; names: boolean }[] = [{ node: root, names: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, names } = next;
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.kind === "list") for (const item of node.items) open.push({ node: item, names: false });
    if (node.kind !== "map") continue;
    for (const [name, { node: value }] of node.entries) {
      const ref = name === "$ref" && !names ? textOf(value) : null;
      if (ref !== null) found.push({ ref, at: value });
      else if (names || !DATA.has(name)) open.push({ node: value, names: !names && name === "properties" });
    }
  }
  return found;
}
