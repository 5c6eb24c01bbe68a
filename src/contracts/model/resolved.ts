import type { Document } from "../read/document.ts";
import { child, type Node, textOf } from "../read/node.ts";

/** More steps than anybody makes; a circle of references ends here. */
const MOST_STEPS = 50;

/** What a node that may be a `$ref` stands for; null where that is nothing. */
export function resolved(document: Document, node: Node | null): Node | null {
  let at = node;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const ref = textOf(child(at, "$ref"));
    if (at === null || ref === null) return at;
    at = document.follow(ref, at.file);
  }
  return null;
}
