import type { Document } from "../read/document.ts";
import { child, type MapNode, type Node, plain, textOf } from "../read/node.ts";
import { resolvedFlag } from "./resolved-flag.ts";
import type { Direction } from "./view.ts";

/** What no caller sees. */
const FOR_PEOPLE = new Set([
  "description",
  "title",
  "summary",
  "example",
  "examples",
  "deprecated",
  "externalDocs",
  "xml",
  "$comment",
]);

/** Where two schemas of the same text lead to: what is behind a reference may have changed all the same. */
export type SameRefs = readonly Readonly<{ name: string; old: Node; next: Node }>[];

/** Do two schemas say the same, word for word, but for what is said to people? References count by their words. */
export const isSameText = (a: Node, b: Node): boolean => compareText(a, b, null, []);

/** The references of two schemas that say the same in this direction; null: they do not. */
export function sameRefs(
  { old, next }: Readonly<{ old: Node; next: Node }>,
  within: Readonly<{ old: Document; next: Document; direction: Direction }>,
): SameRefs | null {
  const refs: SameRefs[number][] = [];
  return compareText(old, next, within, refs) ? refs : null;
}

type Within = Readonly<{ old: Document; next: Document; direction: Direction }> | null;

function compareText(a: Node, b: Node, within: Within, refs: SameRefs[number][]): boolean {
  if (a.kind === "scalar") return b.kind === "scalar" && a.value === b.value;
  if (a.kind === "list") {
    if (b.kind !== "list" || a.items.length !== b.items.length) return false;
    return a.items.every((item, at) => compareText(item, b.items[at] as Node, within, refs));
  }
  if (b.kind !== "map") return false;
  return sameEntries(a, b, (name, one, other) => {
    if (name === "$ref" && within !== null && one.kind === "scalar") {
      const is = other.kind === "scalar" && one.value === other.value;
      const [old, next] = is
        ? [within.old.follow(String(one.value), one.file), within.next.follow(String(one.value), other.file)]
        : [null, null];
      if (old === null || next === null) return false;
      refs.push({ name: String(one.value).split("/").at(-1) ?? "", old, next });
      return true;
    }
    // What is behind the references decides whether the variants are apart: it has to be looked at.
    if (name === "oneOf" && within !== null && one.kind === "list" && one.items.some((item) => child(item, "$ref")))
      return false;
    if (name === "properties" && within !== null) return sameProperties(one, other, within, refs);
    return compareText(one, other, within, refs);
  });
}

/** A field of the other direction is none, whatever it leads to. */
function sameProperties(a: Node, b: Node, within: NonNullable<Within>, refs: SameRefs[number][]): boolean {
  if (a.kind !== "map" || b.kind !== "map") return compareText(a, b, within, refs);
  const word = within.direction === "request" ? "readOnly" : "writeOnly";
  return sameEntries(a, b, (_, one, other) => {
    const hidden = resolvedFlag(within.old, one, word);
    if (hidden !== resolvedFlag(within.next, other, word)) return false;
    return compareText(one, other, hidden ? null : within, refs);
  });
}

function sameEntries(a: MapNode, b: MapNode, same: (name: string, one: Node, other: Node) => boolean): boolean {
  let left = 0;
  for (const [name, { node }] of a.entries) {
    if (isForPeople(name, node)) continue;
    left += 1;
    const other = b.entries.get(name)?.node;
    if (other === undefined || !same(name, node, other)) return false;
  }
  for (const [name, { node }] of b.entries) if (!isForPeople(name, node)) left -= 1;
  return left === 0;
}

const isForPeople = (name: string, node: Node): boolean => node.kind === "scalar" && FOR_PEOPLE.has(name);

/** What a variant is known by: its reference, its title, or the value of the field that tells variants apart. */
export function variantKey(node: Node, discriminator: string | null): string | null {
  const ref = textOf(child(node, "$ref"));
  if (ref !== null) return `ref ${ref.split("/").at(-1)}`;
  const title = textOf(child(node, "title"));
  if (title !== null) return `title ${title}`;
  const told = discriminator === null ? null : child(child(child(node, "properties"), discriminator), "const");
  return told === null ? null : `told ${JSON.stringify(plain(told))}`;
}
