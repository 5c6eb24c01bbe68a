/** A value of a YAML file that knows its place. `value` is plain data; maps in it have no prototype. */
export type YamlTree = Readonly<{
  value: unknown;
  /** Offset of the value in the text. */
  offset: number;
  /** Of a map. */
  keys: ReadonlyMap<string, Readonly<{ offset: number; tree: YamlTree }>> | null;
  /** Of a list. */
  items: readonly YamlTree[] | null;
}>;

export type YamlPath = readonly (string | number)[];

export type Offsets = Readonly<{ key: number; value: number }>;

/** The tree at a path; null when there is nothing. */
export function treeAt(tree: YamlTree, path: YamlPath): YamlTree | null {
  let at: YamlTree | undefined = tree;
  for (const part of path) {
    at = typeof part === "number" ? at?.items?.[part] : at?.keys?.get(part)?.tree;
    if (at === undefined) return null;
  }
  return at;
}

/** Where a path is in the text. What is missing is placed at the nearest thing around it that is there. */
export function offsetsAt(tree: YamlTree, path: YamlPath): Offsets {
  let at = tree;
  let key = tree.offset;
  for (const part of path) {
    const entry = typeof part === "string" ? at.keys?.get(part) : undefined;
    const item = typeof part === "number" ? at.items?.[part] : undefined;
    if (entry !== undefined) {
      key = entry.offset;
      at = entry.tree;
    } else if (item !== undefined) {
      key = item.offset;
      at = item;
    } else {
      return { key, value: key };
    }
  }
  return { key, value: at.offset };
}
