import type { Document } from "../read/document.ts";
import type { Node } from "../read/node.ts";
import { meet } from "./type-sets.ts";
import type { Direction, Property, View } from "./view.ts";
import { viewOf } from "./view-of.ts";

/** Is it certain that no value is of both schemas? False where it is not known. */
export type Apart = (a: Node, b: Node) => boolean;

/** Fields of fields of fields tell no variants apart that people could. */
const DEPTH = 3;

/** By type, by listed values, by a required field that differs or that the other does not take. */
export function apartIn(document: Document, direction: Direction): Apart {
  const views = new Map<number, View>();
  const viewed = (node: Node): View => {
    const known = views.get(node.id) ?? viewOf(document, [node], direction);
    views.set(node.id, known);
    return known;
  };
  const certain = (a: View, b: View, depth: number): boolean => {
    if (a.never || b.never) return true;
    if (depth === 0 || (mayBeNull(a) && mayBeNull(b))) return false;
    const types = meet(a.types, b.types);
    if (types?.size === 0) return true;
    if (a.values !== null && b.values !== null && ![...a.values.keys()].some((value) => b.values?.has(value)))
      return true;
    if (isEach(a, b, depth) || isEach(b, a, depth)) return true;
    if (types?.size !== 1 || !types.has("object")) return false;
    return [...new Set([...a.required.keys(), ...b.required.keys()])].some((name) => {
      const [one, other] = [a.properties.get(name), b.properties.get(name)];
      if (one !== undefined && other !== undefined) return certain(ofField(one), ofField(other), depth - 1);
      return (a.required.has(name) && refuses(b, name)) || (b.required.has(name) && refuses(a, name));
    });
  };
  const ofField = ({ schemas }: Property): View => viewOf(document, schemas, direction);
  /** Of variants in a variant, none has anything in common with the other. */
  const isEach = (a: View, b: View, depth: number): boolean =>
    a.groups.some(({ branches }) => branches.every((branch) => certain(viewed(branch), b, depth - 1)));
  return (a, b) => certain(viewed(a), viewed(b), DEPTH);
}

/** Of what says no type, `null` is a value, too. */
const mayBeNull = ({ nullable, types, values }: View): boolean =>
  nullable === true || (nullable === null && types === null && values === null);

const refuses = (view: View, name: string): boolean =>
  view.additional.kind === "closed" &&
  view.patternProperties.size === 0 &&
  !view.properties.has(name) &&
  !view.hidden.has(name);
