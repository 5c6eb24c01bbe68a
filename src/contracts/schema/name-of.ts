import { child, type Node, textOf } from "../read/node.ts";

/** What people call a variant. */
export const nameOf = (node: Node): string =>
  textOf(child(node, "$ref"))?.split("/").at(-1) ??
  textOf(child(node, "title")) ??
  textOf(child(node, "type")) ??
  "without a name";
