import type { Finding } from "../compare/finding.ts";
import type { Document } from "../read/document.ts";
import { type Apart, apartIn } from "./apart.ts";
import { compareViews } from "./compare-views.ts";
import { sameRefs } from "./same-text.ts";
import type { Direction, Schemas } from "./view.ts";
import { viewOf } from "./view-of.ts";

/** A schema before and after, in one direction; what else is reached from it are its children. */
export type SchemaPair = Readonly<{
  direction: Direction;
  own: readonly Finding[];
  children: readonly SchemaPair[];
}>;

type Open = { direction: Direction; own: readonly Finding[]; children: SchemaPair[] };

export type PairOrder = Readonly<{
  old: Schemas;
  next: Schemas;
  direction: Direction;
  /** As a string of characters, which parameters and headers are on the wire. */
  text: boolean;
  /** What people call it. */
  on: string;
}>;

/** Compares schemas, each pair once however many operations and circles lead to it. */
export class SchemaPairs {
  private readonly known = new Map<string, Open>();
  private readonly waiting: (() => void)[] = [];
  private readonly documents: Readonly<{ old: Document; next: Document }>;

  private readonly apart: Readonly<Record<Direction, Readonly<{ old: Apart; next: Apart }>>>;

  constructor(documents: Readonly<{ old: Document; next: Document }>) {
    this.documents = documents;
    const { old, next } = documents;
    const within = (direction: Direction) => ({ old: apartIn(old, direction), next: apartIn(next, direction) });
    this.apart = { request: within("request"), response: within("response") };
  }

  pair(order: PairOrder): SchemaPair {
    const key = `${ids(order.old)} ${ids(order.next)} ${order.direction} ${order.text}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const pair: Open = { direction: order.direction, own: [], children: [] };
    this.known.set(key, pair);
    this.waiting.push(() => this.fill(pair, order));
    return pair;
  }

  /** Call it before anything is read of a pair: depth costs no stack. */
  settle(): void {
    for (let next = this.waiting.pop(); next !== undefined; next = this.waiting.pop()) next();
  }

  private fill(pair: Open, order: PairOrder): void {
    const { old, next } = this.documents;
    const { direction } = order;
    if (order.old.length === 0 && order.next.length === 0) return;
    const [was, is] = [order.old[0], order.next[0]];
    if (was !== undefined && is !== undefined && order.old.length === 1 && order.next.length === 1) {
      // Most of a contract did not change: what its references lead to is all that there is to look at.
      const refs = sameRefs({ old: was, next: is }, { old, next, direction });
      for (const ref of refs ?? []) {
        pair.children.push(this.pair({ old: [ref.old], next: [ref.next], direction, text: order.text, on: ref.name }));
      }
      if (refs !== null) return;
    }
    const around = is ?? was;
    const before = viewOf(old, order.old, direction, around);
    const after = viewOf(next, order.next, direction, around);
    const on = after.name !== null && after.name === before.name ? after.name : order.on;
    const compared = compareViews({
      ...{ old: before, next: after, direction, text: order.text, on },
      apart: this.apart[direction],
    });
    pair.own = compared.findings;
    for (const child of compared.children) pair.children.push(this.pair({ direction, text: order.text, ...child }));
  }
}

const ids = (schemas: Schemas): string => schemas.map(({ id }) => id).join(",");

/** Whose schemas lead to a pair with findings: by pair, the numbers of the roots. Only what was found is followed back. */
export function rootsOf(roots: readonly (readonly SchemaPair[])[]): ReadonlyMap<SchemaPair, readonly number[]> {
  const parents = new Map<SchemaPair, SchemaPair[]>();
  const askers = new Map<SchemaPair, number[]>();
  const open: SchemaPair[] = [];
  const meet = (pair: SchemaPair): void => {
    if (parents.has(pair)) return;
    parents.set(pair, []);
    open.push(pair);
  };
  for (const [root, pairs] of roots.entries()) {
    for (const pair of pairs) {
      meet(pair);
      const known = askers.get(pair);
      if (known === undefined) askers.set(pair, [root]);
      else known.push(root);
    }
  }
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    for (const child of pair.children) {
      meet(child);
      parents.get(child)?.push(pair);
    }
  }
  const found = [...parents.keys()].filter(({ own }) => own.length > 0);
  return new Map(found.map((pair) => [pair, leadingTo(pair, { parents, askers })]));
}

function leadingTo(
  pair: SchemaPair,
  by: Readonly<{
    parents: ReadonlyMap<SchemaPair, readonly SchemaPair[]>;
    askers: ReadonlyMap<SchemaPair, readonly number[]>;
  }>,
): readonly number[] {
  const roots = new Set<number>();
  const seen = new Set([pair]);
  const open = [pair];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const root of by.askers.get(at) ?? []) roots.add(root);
    for (const parent of by.parents.get(at) ?? []) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      open.push(parent);
    }
  }
  return [...roots];
}
