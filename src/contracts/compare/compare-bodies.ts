import type { Body, Media } from "../model/api.ts";
import { flagOf } from "../read/node.ts";
import type { SchemaPair } from "../schema/schema-pairs.ts";
import type { Direction } from "../schema/view.ts";
import type { Both, OperationPair, Part, Told } from "./both.ts";

export function compareBodies(both: Both, { old, next }: OperationPair, direction: Direction): Part {
  const [before, after] = [old.body, next.body];
  const on = "body";
  if (before === null || after === null) {
    if (before !== null)
      return {
        findings: [{ kind: "body-removed", on, says: "it is gone", old: before.spot, next: next.spot, direction }],
        schemas: [],
      };
    if (after === null) return { findings: [], schemas: [] };
    const kind = after.required ? "required-body-added" : "body-added";
    return {
      findings: [
        {
          kind,
          on,
          says: after.required ? "it is new and required" : "it is new",
          old: old.spot,
          next: after.spot,
          direction,
        },
      ],
      schemas: [],
    };
  }
  const at = { old: before.spot, next: after.spot };
  const findings: Told[] = [];
  if (!before.required && after.required)
    findings.push({ kind: "body-became-required", on, says: "it is required now", ...at, direction });
  if (before.required && !after.required)
    findings.push({ kind: "body-became-optional", on, says: "it is not required any more", ...at, direction });
  const media = compareMedia(both, { old: before.media, next: after.media, around: at, on }, direction);
  return { findings: [...findings, ...media.findings], schemas: media.schemas };
}

export type MediaOrder = Readonly<{
  old: ReadonlyMap<string, Media>;
  next: ReadonlyMap<string, Media>;
  around: Readonly<{ old: Body["spot"]; next: Body["spot"] }>;
  on: string;
}>;

export function compareMedia(both: Both, { old, next, around, on }: MediaOrder, direction: Direction): Part {
  const findings: Told[] = [];
  const schemas: SchemaPair[] = [];
  for (const [name, media] of old) {
    const kept = next.get(name) ?? next.get(`${name.split("/")[0]}/*`) ?? next.get("*/*");
    if (kept === undefined)
      findings.push({
        kind: "media-type-removed",
        on,
        says: `${name} is gone`,
        old: media.spot,
        next: around.next,
        direction,
      });
    else {
      const given = [media.schema, kept.schema].map((schema) =>
        schema === null || flagOf(schema) === true ? [] : [schema],
      );
      schemas.push(both.pairs.pair({ old: given[0] ?? [], next: given[1] ?? [], direction, text: false, on }));
    }
  }
  for (const [name, media] of next) {
    if (!old.has(name))
      findings.push({
        kind: "media-type-added",
        on,
        says: `${name} is new`,
        old: around.old,
        next: media.spot,
        direction,
      });
  }
  return { findings, schemas };
}
