import type { Requirement } from "../model/api.ts";
import type { Both, OperationPair, Told } from "./both.ts";

/** Every way in that was enough must be enough still. */
export function compareSecurity(both: Both, { old, next }: OperationPair): readonly Told[] {
  const at = { old: old.securitySpot, next: next.securitySpot, on: old.name, direction: "request" as const };
  if (next.security === null) {
    return old.security === null ? [] : [{ kind: "security-widened", says: "nothing is asked for any more", ...at }];
  }
  if (old.security === null) {
    return [{ kind: "security-added", says: `it asks for ${next.security.map(words).join(" or ")}`, ...at }];
  }
  const ways = { old: old.security, next: next.security };
  const lost = ways.old.filter((before) => !ways.next.some((after) => isEnough(before, after)));
  const changed = [...new Set(ways.old.flatMap((way) => [...way.keys()]))].filter((name) => isOther(both, name));
  const findings: Told[] = changed.map((name) => ({
    kind: "security-scheme-changed",
    says: `the scheme ${name} is another`,
    ...at,
    old: both.old.schemes.get(name)?.spot ?? at.old,
    next: both.next.schemes.get(name)?.spot ?? at.next,
  }));
  if (lost.length > 0)
    return [
      ...findings,
      { kind: "security-narrowed", says: `${lost.map(words).join(", ")} is not enough any more`, ...at },
    ];
  const wider = ways.next.some((after) => !ways.old.some((before) => isEnough(after, before)));
  return wider
    ? [...findings, { kind: "security-widened", says: "it asks for less, or takes another way, too", ...at }]
    : findings;
}

/** Whoever has `given` meets `asked`. */
const isEnough = (given: Requirement, asked: Requirement): boolean =>
  [...asked].every(
    ([scheme, scopes]) => given.has(scheme) && scopes.every((scope) => given.get(scheme)?.includes(scope)),
  );

function isOther({ old, next }: Both, name: string): boolean {
  const [before, after] = [old.schemes.get(name), next.schemes.get(name)];
  return before !== undefined && after !== undefined && before.says !== after.says;
}

const words = (way: Requirement): string =>
  [...way].map(([scheme, scopes]) => (scopes.length === 0 ? scheme : `${scheme} (${scopes.join(", ")})`)).join(" and ");
