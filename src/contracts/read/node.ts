/** A value of a contract that knows where it stands. */
export type Node = MapNode | ListNode | ScalarNode;

type Placed = Readonly<{
  /** Unique within one document, all its files together. */
  id: number;
  file: string;
  /** Where it begins in the file's text. */
  offset: number;
}>;

/** `key`: where its name begins, which is what people look for. */
export type Entry = Readonly<{ key: number; node: Node }>;

export type MapNode = Placed & Readonly<{ kind: "map"; entries: ReadonlyMap<string, Entry> }>;
export type ListNode = Placed & Readonly<{ kind: "list"; items: readonly Node[] }>;
export type ScalarNode = Placed & Readonly<{ kind: "scalar"; value: string | number | boolean | null }>;

/** Somewhere in a file: an offset into its text. */
export type Spot = Readonly<{ file: string; offset: number }>;

export const child = (node: Node | null, name: string): Node | null =>
  node?.kind === "map" ? (node.entries.get(name)?.node ?? null) : null;

export const entriesOf = (node: Node | null): readonly (readonly [string, Entry])[] =>
  node?.kind === "map" ? [...node.entries] : [];

export const itemsOf = (node: Node | null): readonly Node[] => (node?.kind === "list" ? node.items : []);

export function textOf(node: Node | null): string | null {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : null;
}

export function numberOf(node: Node | null): number | null {
  return node?.kind === "scalar" && typeof node.value === "number" ? node.value : null;
}

export function flagOf(node: Node | null): boolean | null {
  return node?.kind === "scalar" && typeof node.value === "boolean" ? node.value : null;
}

/** Where the name of an entry stands; the map itself where it has none of that name. */
export function spotOf(node: Node, name: string): Spot {
  const entry = node.kind === "map" ? node.entries.get(name) : undefined;
  return { file: node.file, offset: entry?.key ?? node.offset };
}

/** As JSON would have it. */
export function plain(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries([...node.entries].map(([name, { node: value }]) => [name, plain(value)]));
  }
}
