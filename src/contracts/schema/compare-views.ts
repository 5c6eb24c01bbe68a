import type { Finding } from "../compare/finding.ts";
import type { Spot } from "../read/node.ts";
import type { Apart } from "./apart.ts";
import { compareFields } from "./compare-fields.ts";
import { compareLimits } from "./compare-limits.ts";
import { compareValues } from "./compare-values.ts";
import { compareVariants } from "./compare-variants.ts";
import { compareWords } from "./compare-words.ts";
import { relation } from "./type-sets.ts";
import type { Direction, Schemas, View } from "./view.ts";

export type Child = Readonly<{ old: Schemas; next: Schemas; on: string; direction?: Direction }>;

export type Compared = Readonly<{ findings: readonly Finding[]; children: readonly Child[] }>;

/** Two views of a schema, and the name that findings tell. */
export type Views = Readonly<{ old: View; next: View; direction: Direction; text: boolean; on: string }> &
  Readonly<{ apart: Readonly<{ old: Apart; next: Apart }> }>;

/** Makes findings of one schema. */
export type Tell = (kind: string, says: string, at: Readonly<{ old: Spot; next: Spot }>) => Finding;

export function compareViews(views: Views): Compared {
  const { old, next, on } = views;
  const tell: Tell = (kind, says, at) => ({ kind, on, says, ...at });
  if (old.never !== next.never) {
    const kind = next.never ? "schema-closed" : "schema-opened";
    return {
      findings: [
        tell(kind, next.never ? "no value is possible any more" : "values are possible now", {
          old: old.at,
          next: next.at,
        }),
      ],
      children: [],
    };
  }
  const variants = compareVariants(views, tell);
  // One form against several: what each of them asks is compared there.
  if (variants.instead) return variants;
  const types = compareTypes(views, tell);
  if (types.apart) return { findings: types.findings, children: [] };
  const parts = [
    compareValues(views, tell),
    compareLimits(views, tell),
    compareWords(views, tell),
    compareFields(views, tell),
    variants,
  ];
  return {
    findings: [...types.findings, ...parts.flatMap(({ findings }) => findings)],
    children: parts.flatMap(({ children }) => children),
  };
}

function compareTypes(
  { old, next, text }: Views,
  tell: Tell,
): Readonly<{ findings: readonly Finding[]; apart: boolean }> {
  const at = { old: old.typesAt, next: next.typesAt };
  const findings: Finding[] = [];
  // `type: [string, integer]` is what a oneOf of both is: where variants are, they tell.
  const told = old.groups.length === next.groups.length || (old.types !== null && next.types !== null);
  const stands = told ? relation(old.types, next.types, text) : "same";
  const words = `it was ${typeText(old)}, and is ${typeText(next)}`;
  if (stands === "other") return { findings: [tell("type-changed", words, at)], apart: true };
  if (stands === "narrower") findings.push(tell("type-narrowed", words, at));
  if (stands === "wider") findings.push(tell("type-widened", words, at));
  const [before, after] = [old.nullable, next.nullable];
  if (before !== null && after !== null && before !== after)
    findings.push(
      tell(
        after ? "became-nullable" : "became-not-nullable",
        after ? "null is a value now" : "null is no value any more",
        at,
      ),
    );
  return { findings, apart: false };
}

const typeText = ({ types }: View): string => (types === null ? "any" : [...types].join(" or "));
