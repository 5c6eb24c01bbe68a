import { assertNever } from "../../assert-never.ts";
import type { Finding } from "../compare/finding.ts";
import type { Child, Compared, Tell, Views } from "./compare-views.ts";
import type { Additional, View } from "./view.ts";

/** Fields that no name declares. */
export function compareAdditional({ old, next, on }: Views, tell: Tell): Compared {
  const at = { old: spotOf(old.additional, old), next: spotOf(next.additional, next) };
  const [before, after] = [old.additional, next.additional];
  const say = (kind: string, says: string): Compared => ({ findings: [tell(kind, says, at)], children: [] });
  switch (after.kind) {
    case "open":
      if (before.kind === "open") return NOTHING;
      return before.kind === "closed"
        ? say("additional-properties-opened", "fields that are not declared are possible now")
        : say("additional-properties-widened", "fields that are not declared may be anything now");
    case "closed":
      if (before.kind === "closed") return NOTHING;
      return before.kind === "open"
        ? say("additional-properties-closed", "fields that are not declared are refused now")
        : say("additional-properties-removed", "the values of the map are gone");
    case "schema": {
      if (before.kind === "closed")
        return say("additional-properties-opened", "fields that are not declared are possible now");
      if (before.kind === "open")
        return say("additional-properties-narrowed", "fields that are not declared must be of a schema now");
      return { findings: [], children: [{ old: before.schemas, next: after.schemas, on: `${on}.*` }] };
    }
    default:
      return assertNever(after);
  }
}

const NOTHING: Compared = { findings: [], children: [] };

const spotOf = (additional: Additional, view: View) => (additional.kind === "open" ? view.at : additional.at);

/** Fields by patterns of their names, and fields that others bring with them. */
export function compareNamed({ old, next, on }: Views, tell: Tell): Compared {
  const findings: Finding[] = [];
  const children: Child[] = [];
  for (const [pattern, property] of old.patternProperties) {
    const kept = next.patternProperties.get(pattern);
    if (kept !== undefined) children.push({ old: property.schemas, next: kept.schemas, on: `${on}./${pattern}/` });
    else
      findings.push(
        tell("pattern-property-dropped", `fields that match ${pattern} may be anything now`, {
          old: property.spot,
          next: next.at,
        }),
      );
  }
  for (const [pattern, property] of next.patternProperties) {
    if (!old.patternProperties.has(pattern))
      findings.push(
        tell("pattern-property-set", `fields that match ${pattern} must be of a schema now`, {
          old: old.at,
          next: property.spot,
        }),
      );
  }
  for (const [rule, spot] of next.dependent) {
    if (!old.dependent.has(rule))
      findings.push(tell("dependent-required-set", `${rule}: required together now`, { old: old.at, next: spot }));
  }
  for (const [rule, spot] of old.dependent) {
    if (!next.dependent.has(rule))
      findings.push(
        tell("dependent-required-dropped", `${rule}: not required together any more`, { old: spot, next: next.at }),
      );
  }
  return { findings, children };
}

/** Schemas that are there or not. */
export function compareOptional({ old, next, on }: Views, tell: Tell): Compared {
  const findings: Finding[] = [];
  const children: Child[] = [];
  for (const [word, kind] of [
    ["propertyNames", "property-names"],
    ["contains", "contains"],
  ] as const) {
    const [before, after] = [old[word], next[word]];
    if (before !== null && after !== null) children.push({ old: [before], next: [after], on: `${on} (${word})` });
    else if (after !== null) findings.push(tell(`${kind}-set`, `${word} is set`, { old: old.at, next: after }));
    else if (before !== null) findings.push(tell(`${kind}-dropped`, `${word} is gone`, { old: before, next: next.at }));
  }
  return { findings, children };
}
