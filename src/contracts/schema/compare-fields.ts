import type { Finding } from "../compare/finding.ts";
import type { Spot } from "../read/node.ts";
import { compareAdditional, compareNamed, compareOptional } from "./compare-containers.ts";
import type { Child, Compared, Tell, Views } from "./compare-views.ts";
import type { Property, View } from "./view.ts";

/** The fields of objects, and the items of lists. */
export function compareFields(views: Views, tell: Tell): Compared {
  const { old, next, on } = views;
  const findings: Finding[] = [];
  const children: Child[] = [];
  for (const [name, property] of old.properties) {
    const kept = next.properties.get(name);
    if (kept !== undefined) children.push({ old: property.schemas, next: kept.schemas, on: `${on}.${name}` });
    else findings.push(removed(views, { name, property }, tell));
  }
  for (const [name, property] of next.properties) {
    if (!old.properties.has(name)) findings.push(added(views, { name, property }, tell));
  }
  findings.push(...requirements(views, tell));
  for (const part of [compareAdditional(views, tell), compareNamed(views, tell), compareOptional(views, tell)]) {
    findings.push(...part.findings);
    children.push(...part.children);
  }
  if (old.items.length > 0 || next.items.length > 0) children.push({ old: old.items, next: next.items, on: `${on}[]` });
  for (let at = 0; at < Math.max(old.prefix.length, next.prefix.length); at += 1) {
    children.push({ old: old.prefix[at] ?? old.items, next: next.prefix[at] ?? next.items, on: `${on}[${at}]` });
  }
  return { findings, children };
}

type Named = Readonly<{ name: string; property: Property }>;

function removed({ next, direction, on }: Views, { name, property }: Named, tell: Tell): Finding {
  const hidden = next.hidden.get(name);
  if (hidden === undefined)
    return {
      ...tell("property-removed", "the field is gone", { old: property.spot, next: next.at }),
      on: `${on}.${name}`,
    };
  const kind = direction === "request" ? "property-became-read-only" : "property-became-write-only";
  const says = direction === "request" ? "it is not taken from callers any more" : "it is not sent any more";
  return { ...tell(kind, says, { old: property.spot, next: hidden }), on: `${on}.${name}` };
}

function added({ old, next, on }: Views, { name, property }: Named, tell: Tell): Finding {
  const at = { old: old.at, next: property.spot };
  const required = next.required.has(name);
  const kind = required ? "required-property-added" : "property-added";
  return { ...tell(kind, required ? "the field is new and required" : "the field is new", at), on: `${on}.${name}` };
}

function requirements({ old, next, on }: Views, tell: Tell): readonly Finding[] {
  const findings: Finding[] = [];
  const say = (kind: string, name: string, says: string, at: Readonly<{ old: Spot; next: Spot }>): void => {
    findings.push({ ...tell(kind, says, at), on: `${on}.${name}` });
  };
  for (const [name, spot] of next.required) {
    // A field that is new has been told as such.
    const isNew = next.properties.has(name) && !old.properties.has(name);
    if (old.required.has(name) || isNew) continue;
    say("property-became-required", name, "the field is required now", { old: spotIn(old, name), next: spot });
  }
  for (const [name, spot] of old.required) {
    const isGone = old.properties.has(name) && !next.properties.has(name);
    if (next.required.has(name) || isGone) continue;
    say("property-became-optional", name, "the field may be missing now", { old: spot, next: spotIn(next, name) });
  }
  return findings;
}

const spotIn = (view: View, name: string): Spot => view.properties.get(name)?.spot ?? view.at;
