import type { Finding } from "../compare/finding.ts";
import { child, entriesOf, type Node, textOf } from "../read/node.ts";
import { compareExclusion } from "./compare-exclusion.ts";
import type { Child, Compared, Tell, Views } from "./compare-views.ts";
import { nameOf } from "./name-of.ts";
import { isSameText, variantKey } from "./same-text.ts";
import type { Group, View } from "./view.ts";

/** `instead`: nothing of the schema around them needs to be compared any more. */
type Variants = Compared & Readonly<{ instead: boolean }>;

const NOTHING: Variants = { findings: [], children: [], instead: false };

/** `oneOf` and `anyOf`. A branch is found again by its reference, its title, its text, or by what it has in common. */
export function compareVariants(views: Views, tell: Tell): Variants {
  const { old, next } = views;
  if (old.groups.length === 0 && next.groups.length === 0) return NOTHING;
  if (old.groups.length === 0 || next.groups.length === 0) return oneAgainstMany(views, tell);
  const findings: Finding[] = [];
  const children: Child[] = [];
  for (let at = 0; at < Math.max(old.groups.length, next.groups.length); at += 1) {
    const [before, after] = [old.groups[at], next.groups[at]];
    const spots = { old: old.groupsAt, next: next.groupsAt };
    if (before === undefined) findings.push(tell("variants-set", "one of several variants must hold, too", spots));
    else if (after === undefined)
      findings.push(tell("variants-dropped", "several variants need not hold any more", spots));
    else {
      const group = compareGroup(views, { before, after }, tell);
      findings.push(...group.findings);
      children.push(...group.children);
    }
  }
  if (
    old.discriminator !== null &&
    next.discriminator !== null &&
    old.discriminator.property !== next.discriminator.property
  ) {
    const says = `the field that tells the variants apart was ${old.discriminator.property}, and is ${next.discriminator.property}`;
    findings.push(tell("discriminator-changed", says, { old: old.discriminator.at, next: next.discriminator.at }));
  }
  return { findings, children, instead: false };
}

type Pair = Readonly<{ before: Group; after: Group }>;

function compareGroup(views: Views, groups: Pair, tell: Tell): Compared {
  const { old, next, on } = views;
  const [before, after] = [groups.before.branches, groups.after.branches];
  const told = { old: old.discriminator?.property ?? null, next: next.discriminator?.property ?? null };
  const pairs = matched({ before, after }, told);
  const findings = [
    ...before
      .filter((node) => !pairs.has(node))
      .map((node) =>
        tell("variant-removed", `the variant ${nameOf(node)} is gone`, { old: node, next: next.groupsAt }),
      ),
    ...after
      .filter((node) => ![...pairs.values()].includes(node))
      .map((node) => tell("variant-added", `the variant ${nameOf(node)} is new`, { old: old.groupsAt, next: node })),
  ];
  const children = [...pairs].map(([was, is]): Child => ({ old: [was], next: [is], on: `${on}(${nameOf(is)})` }));
  findings.push(...compareExclusion(views, { ...groups, pairs }, tell));
  return { findings, children };
}

type Branches = Readonly<{ before: readonly Node[]; after: readonly Node[] }>;

function matched(
  { before, after }: Branches,
  told: Readonly<{ old: string | null; next: string | null }>,
): ReadonlyMap<Node, Node> {
  const pairs = new Map<Node, Node>();
  const free = new Set(after);
  const take = (same: (was: Node, is: Node) => boolean): void => {
    for (const was of before) {
      if (pairs.has(was)) continue;
      const is = [...free].find((one) => same(was, one));
      if (is === undefined) continue;
      pairs.set(was, is);
      free.delete(is);
    }
  };
  take((was, is) => {
    const key = variantKey(was, told.old);
    return key !== null && key === variantKey(is, told.next);
  });
  take(isSameText);
  take(isAlike);
  return pairs;
}

/** Inline branches of one type; of objects, such as have a field in common. */
function isAlike(was: Node, is: Node): boolean {
  if (child(was, "$ref") !== null || child(is, "$ref") !== null) return false;
  if (textOf(child(was, "type")) !== textOf(child(is, "type"))) return false;
  const fields = entriesOf(child(was, "properties")).map(([name]) => name);
  const others = new Set(entriesOf(child(is, "properties")).map(([name]) => name));
  return fields.length === 0 ? others.size === 0 : fields.some((name) => others.has(name));
}

/** One form before or after, several on the other side: the one is looked for among the several. */
function oneAgainstMany(views: Views, tell: Tell): Variants {
  const { old, next, on } = views;
  const grows = old.groups.length === 0;
  const [one, many] = grows ? [old, next] : [next, old];
  const group = many.groups[0] ?? { branches: [], exclusive: false };
  const { branches } = group;
  const spots = { old: grows ? old.at : old.groupsAt, next: grows ? next.groupsAt : next.at };
  if (!isBare(many) || isUnspecific(one)) {
    return {
      findings: [
        tell(
          grows ? "variants-set" : "variants-dropped",
          grows ? "one of several variants must hold now" : "several variants need not hold any more",
          spots,
        ),
      ],
      children: [],
      instead: false,
    };
  }
  const same = formAmong(one, branches);
  const others = branches.filter((branch) => branch !== same);
  if (same === null) {
    const says = grows
      ? "it has several variants now, and none is the old form"
      : "it has one form now, and none of the old variants is that";
    return { findings: [tell("variants-changed", says, spots)], children: [], instead: true };
  }
  const kind = grows ? "variant-added" : "variant-removed";
  const findings = others.map((branch) =>
    tell(
      kind,
      `the variant ${nameOf(branch)} is ${grows ? "new" : "gone"}`,
      grows ? { old: old.at, next: branch } : { old: branch, next: next.at },
    ),
  );
  const alone: Group = { branches: one.schemas, exclusive: true };
  const pairs = new Map(one.schemas.slice(0, 1).map((schema) => [schema, same]));
  if (grows) findings.push(...compareExclusion(views, { before: alone, after: group, pairs }, tell));
  const children: Child[] = [grows ? { old: one.schemas, next: [same], on } : { old: [same], next: one.schemas, on }];
  return { findings, children, instead: true };
}

/** Nothing but its variants. */
const isBare = (view: View): boolean => view.types === null && view.properties.size === 0 && view.values === null;

const isUnspecific = (view: View): boolean => view.types === null && view.values === null && view.properties.size === 0;

/** By its name, else by its text, else by what it has in common. */
function formAmong(one: View, branches: readonly Node[]): Node | null {
  const [schema] = one.schemas;
  const key = one.name !== null ? `ref ${one.name}` : schema === undefined ? null : variantKey(schema, null);
  const named = key === null ? undefined : branches.find((branch) => variantKey(branch, null) === key);
  const same = branches.find(
    (branch) => schema !== undefined && one.schemas.length === 1 && isSameText(schema, branch),
  );
  return named ?? same ?? branches.find((branch) => isLike(one, branch)) ?? null;
}

function isLike(one: View, branch: Node): boolean {
  const type = textOf(child(branch, "type"));
  if (type === null || one.types?.has(type as never) !== true) return false;
  const fields = entriesOf(child(branch, "properties")).map(([name]) => name);
  return one.properties.size === 0 ? fields.length === 0 : fields.some((name) => one.properties.has(name));
}
