import type { Operation, Parameter } from "../model/api.ts";
import { sameRefs } from "../schema/same-text.ts";
import type { SchemaPair } from "../schema/schema-pairs.ts";
import type { Direction } from "../schema/view.ts";
import { viewOf } from "../schema/view-of.ts";
import type { Both, OperationPair, Part, Told } from "./both.ts";

export function compareParameters(both: Both, { old, next }: OperationPair, direction: Direction): Part {
  const findings: Told[] = [];
  const schemas: SchemaPair[] = [];
  for (const [key, parameter] of old.parameters) {
    const kept = next.parameters.get(key);
    const part = kept === undefined ? null : compareParameter(both, { old: parameter, next: kept }, direction);
    findings.push(...(part?.findings ?? [removed(both, parameter, next, direction)]));
    schemas.push(...(part?.schemas ?? []));
  }
  for (const [key, parameter] of next.parameters) {
    if (!old.parameters.has(key)) findings.push(added(parameter, old, direction));
  }
  return { findings, schemas };
}

const named = (parameter: Parameter): string => `${parameter.in} parameter ${parameter.name}`;

function removed({ today }: Both, parameter: Parameter, next: Operation, direction: Direction): Told {
  const announced = parameter.deprecated && parameter.sunset !== null && parameter.sunset.slice(0, 10) <= today;
  const kind = announced ? "parameter-removed-after-sunset" : "parameter-removed";
  return { kind, on: named(parameter), says: "it is gone", old: parameter.spot, next: next.spot, direction };
}

/** Required is required: a default is what is assumed where one may be left out. */
function added(parameter: Parameter, old: Operation, direction: Direction): Told {
  return {
    kind: parameter.required ? "required-parameter-added" : "parameter-added",
    on: named(parameter),
    says: parameter.required ? "it is new and required" : "it is new",
    old: old.spot,
    next: parameter.spot,
    direction,
  };
}

function compareParameter(
  both: Both,
  { old, next }: Readonly<{ old: Parameter; next: Parameter }>,
  direction: Direction,
): Part {
  const findings: Told[] = [];
  const on = named(next);
  const at = { old: old.spot, next: next.spot };
  const tell = (kind: string, says: string): void => void findings.push({ kind, on, says, ...at, direction });
  if (!old.required && next.required) tell("parameter-became-required", "it is required now");
  if (old.required && !next.required) tell("parameter-became-optional", "it is not required any more");
  if (old.allowEmpty && !next.allowEmpty) tell("parameter-empty-refused", "it needs a value now");
  if (old.media !== next.media) {
    tell("parameter-content-changed", `it was ${old.media ?? "plain text"}, and is ${next.media ?? "plain text"}`);
    return { findings, schemas: [] };
  }
  const [before, after] = [old.schema, next.schema].map((schema) => (schema === null ? [] : [schema]));
  const text = old.media === null;
  const written = old.style === next.style && old.explode === next.explode;
  if (written && old.schema !== null && next.schema !== null) {
    // Most parameters are what they were, and lead nowhere: nothing more to look at.
    const within = { old: both.old.document, next: both.next.document, direction };
    if (sameRefs({ old: old.schema, next: next.schema }, within)?.length === 0) return { findings, schemas: [] };
  }
  const [was, is] = [
    viewOf(both.old.document, before ?? [], "request"),
    viewOf(both.next.document, after ?? [], "request"),
  ];
  const lists = [was, is].map(({ types }) => types !== null && types.size === 1 && types.has("array"));
  const plural = [was, is].some(({ types }) => types === null || types.has("array") || types.has("object"));
  if (old.style !== next.style || (plural && old.explode !== next.explode)) {
    tell(
      "parameter-serialised-otherwise",
      `style ${old.style}, explode ${old.explode}: and now style ${next.style}, explode ${next.explode}`,
    );
  }
  if (lists[0] === false && lists[1] === true && was.types !== null && next.style === "form" && next.explode) {
    tell("parameter-became-list", "it may be there several times now");
    return { findings, schemas: [both.pairs.pair({ old: before ?? [], next: is.items, direction, text, on })] };
  }
  return { findings, schemas: [both.pairs.pair({ old: before ?? [], next: after ?? [], direction, text, on })] };
}
