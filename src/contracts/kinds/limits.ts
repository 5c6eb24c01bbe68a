import { type Kind, narrows, widens } from "./kind.ts";

/** JSON Schema's limits, by the end that they close. */
export const UPPER = ["maximum", "maxLength", "maxItems", "maxProperties", "maxContains"] as const;
export const LOWER = ["minimum", "minLength", "minItems", "minProperties", "minContains"] as const;
export type LimitName = (typeof UPPER)[number] | (typeof LOWER)[number];

export const limitKind = (limit: LimitName, effect: "narrowed" | "widened"): string =>
  `${limit.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-${effect}`;

export const LIMIT_KINDS: readonly Kind[] = [...UPPER, ...LOWER].flatMap((limit) => {
  const upper = (UPPER as readonly string[]).includes(limit);
  return [
    narrows({ name: limitKind(limit, "narrowed"), what: `\`${limit}\` is set, or ${upper ? "lower" : "higher"}` }),
    widens({ name: limitKind(limit, "widened"), what: `\`${limit}\` is gone, or ${upper ? "higher" : "lower"}` }),
  ];
});
