import type { Finding } from "../compare/finding.ts";
import type { Node } from "../read/node.ts";
import type { Apart } from "./apart.ts";
import type { Tell, Views } from "./compare-views.ts";
import { nameOf } from "./name-of.ts";
import type { Group, View } from "./view.ts";

export type Exclusion = Readonly<{
  before: Group;
  after: Group;
  /** Branches that are known again, old to new. */
  pairs: ReadonlyMap<Node, Node>;
}>;

/** Branches of one group beyond which nobody looks at each with each. */
const MOST = 100;

/**
 * Of a `oneOf` exactly one variant may hold. Where two may hold at once that could not before, a value that was taken is refused now; where that is not known, it counts
 * as if it were so. What overlapped before was nothing that anybody could rely on, and stays so.
 */
export function compareExclusion(views: Views, { before, after, pairs }: Exclusion, tell: Tell): readonly Finding[] {
  const apart = { old: apartAs(views.old, views.apart.old), next: apartAs(views.next, views.apart.next) };
  const spots = { old: views.old.groupsAt, next: views.next.groupsAt };
  if (before.exclusive && !after.exclusive) {
    const both = overlapping(before, apart.old)[0];
    return both === undefined
      ? []
      : [tell("variants-exclusive-dropped", `${both.map(nameOf).join(" and ")} may both hold now`, spots)];
  }
  if (!after.exclusive) return [];
  const was = new Map([...pairs].map(([old, next]) => [next, old]));
  const isOld = ([a, b]: Couple): boolean => {
    const [one, other] = [was.get(a), was.get(b)];
    return before.exclusive && one !== undefined && other !== undefined && !views.apart.old(one, other);
  };
  const met = overlapping(after, apart.next).filter((couple) => !isOld(couple));
  const told = new Map(met.map((couple) => [was.has(couple[1]) ? couple[0] : couple[1], couple]));
  return [...told.values()].map(([a, b]) =>
    tell("variants-overlap", `a value may be ${nameOf(a)} and ${nameOf(b)} at once, and is then none of them`, {
      old: was.get(a) ?? was.get(b) ?? spots.old,
      next: was.has(b) ? a : b,
    }),
  );
}

/** Whose field it is to tell the variants apart decides by it. */
const apartAs = ({ discriminator }: View, apart: Apart): Apart => (discriminator === null ? apart : () => true);

type Couple = readonly [Node, Node];

function overlapping({ branches }: Group, apart: Apart): readonly Couple[] {
  const few = branches.slice(0, MOST);
  return few.flatMap((a, at) => few.slice(at + 1).flatMap((b): Couple[] => (apart(a, b) ? [] : [[a, b]])));
}
