import type { Document } from "../read/document.ts";
import { child, flagOf, itemsOf, type Node, plain, textOf } from "../read/node.ts";
import type { Group, Schemas } from "./view.ts";

/** The schemas that hold together, `$ref` and `allOf` followed, and branches that are the only ones taken in. */
export type Gathered = Readonly<{
  parts: readonly Node[];
  /** The last step of the first `$ref`. */
  name: string | null;
  never: boolean;
  groups: readonly Group[];
  /** `null` is possible, by a branch of its own or by `nullable` around an `allOf`; null: it is not said. */
  nullable: boolean | null;
}>;

/** More parts than any schema is put together from. */
const MOST_PARTS = 2000;

export function gather(document: Document, schemas: Schemas): Gathered {
  const parts: Node[] = [];
  const groups: Group[] = [];
  const seen = new Set<number>();
  let name: string | null = null;
  let never = false;
  let nullable: boolean | null = null;
  const open: Node[] = [...schemas].reverse();
  for (let node = open.pop(); node !== undefined && parts.length < MOST_PARTS; node = open.pop()) {
    if (seen.has(node.id)) continue;
    seen.add(node.id);
    if (flagOf(node) === false) never = true;
    if (node.kind !== "map") continue;
    const ref = textOf(child(node, "$ref"));
    if (ref !== null) {
      const target = document.follow(ref, node.file);
      if (schemas.length === 1 && name === null && parts.length === 0) name = ref.split("/").at(-1) ?? null;
      if (target !== null) open.push(target);
      if (node.entries.size === 1) continue;
    }
    if (flagOf(child(node, "nullable")) === true) nullable = true;
    parts.push(node);
    open.push(...[...itemsOf(child(node, "allOf"))].reverse());
    for (const word of ["oneOf", "anyOf"]) {
      const branches = itemsOf(child(node, word));
      const some = branches.filter((branch) => !isNull(document, branch));
      if (some.length < branches.length) nullable = true;
      // `oneOf` of one thing, or of it and `null`, is that thing.
      if (some.length === 1) open.push(...some);
      else if (some.length > 1) groups.push({ branches: some, exclusive: word === "oneOf" });
    }
  }
  return { parts, name, never, groups, nullable };
}

function isNull(document: Document, branch: Node): boolean {
  const ref = textOf(child(branch, "$ref"));
  const node = ref === null ? branch : document.follow(ref, branch.file);
  if (node === null) return false;
  const type = child(node, "type");
  if (textOf(type) === "null") return true;
  if (itemsOf(type).length === 1 && textOf(itemsOf(type)[0] ?? null) === "null") return true;
  const values = itemsOf(child(node, "enum"));
  const constant = child(node, "const");
  return (
    (values.length > 0 && values.every((one) => plain(one) === null)) || (constant !== null && plain(constant) === null)
  );
}
