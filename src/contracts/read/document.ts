import type { Problem } from "../../problem.ts";
import type { Node, Spot } from "./node.ts";
import type { Place } from "./place.ts";

/** One contract with all the files that it refers to. */
export type Document = Readonly<{
  /** As given: what people are told. */
  file: string;
  root: Node;
  /** `openapi`: 3.0, 3.1 or 3.2. */
  version: string;
  /** Each file's top node. */
  files: ReadonlyMap<string, Node>;
  place: (spot: Spot) => Place;
  /** Follows a `$ref` as it stands in a file; null where it leads nowhere. */
  follow: (ref: string, from: string) => Node | null;
}>;

export type ReadDocument = Readonly<
  { kind: "document"; document: Document } | { kind: "problems"; problems: readonly Problem[] }
>;
