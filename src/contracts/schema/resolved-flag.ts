import type { Document } from "../read/document.ts";
import { child, flagOf, type Node, textOf } from "../read/node.ts";

const MOST_STEPS = 50;

/** Is a flag set on a schema, or on what its `$ref` leads to? */
export function resolvedFlag(document: Document, node: Node, word: string): boolean {
  let at: Node | null = node;
  for (let step = 0; step < MOST_STEPS && at !== null; step += 1) {
    if (flagOf(child(at, word)) === true) return true;
    const ref: string | null = textOf(child(at, "$ref"));
    at = ref === null ? null : document.follow(ref, at.file);
  }
  return false;
}
