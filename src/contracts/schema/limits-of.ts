import { type LimitName, LOWER, UPPER } from "../kinds/limits.ts";
import { child, flagOf, type Node, numberOf, spotOf } from "../read/node.ts";
import type { Limit } from "./view.ts";

/** Words of OpenAPI 3.1 that are limits of their own there, and flags of the others in 3.0. */
const STRICT = { maximum: "exclusiveMaximum", minimum: "exclusiveMinimum" } as const;

/** The tightest of each limit. A lower limit of none of something is no limit. */
export function limitsOf(parts: readonly Node[]): ReadonlyMap<LimitName, Limit> {
  const limits = new Map<LimitName, Limit>();
  for (const part of parts) {
    for (const name of [...UPPER, ...LOWER]) {
      for (const limit of ownLimits(part, name)) {
        const before = limits.get(name);
        if (before === undefined || isTighter(name, limit, before)) limits.set(name, limit);
      }
    }
  }
  return limits;
}

function ownLimits(part: Node, name: LimitName): readonly Limit[] {
  const value = numberOf(child(part, name));
  const word = name === "maximum" || name === "minimum" ? STRICT[name] : null;
  const strict = word !== null && flagOf(child(part, word)) === true;
  const exclusive = word === null ? null : numberOf(child(part, word));
  const none = value === 0 && name !== "minimum" && (LOWER as readonly string[]).includes(name);
  return [
    ...(value === null || none ? [] : [{ value, strict, at: spotOf(part, name) }]),
    ...(exclusive === null || word === null ? [] : [{ value: exclusive, strict: true, at: spotOf(part, word) }]),
  ];
}

export function isTighter(name: LimitName, one: Limit, other: Limit): boolean {
  if (one.value === other.value) return one.strict && !other.strict;
  return (UPPER as readonly string[]).includes(name) ? one.value < other.value : one.value > other.value;
}

export function multipleOf(parts: readonly Node[]): Limit | null {
  const part = parts.find((one) => numberOf(child(one, "multipleOf")) !== null);
  const value = part === undefined ? null : numberOf(child(part, "multipleOf"));
  return part === undefined || value === null ? null : { value, strict: false, at: spotOf(part, "multipleOf") };
}
