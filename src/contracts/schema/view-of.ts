import type { Document } from "../read/document.ts";
import { child, entriesOf, flagOf, itemsOf, type Node, plain, type Spot, spotOf, textOf } from "../read/node.ts";
import { type Gathered, gather } from "./gather.ts";
import { limitsOf, multipleOf } from "./limits-of.ts";
import { resolvedFlag } from "./resolved-flag.ts";
import { meet, ownTypes, typeOfValue } from "./type-sets.ts";
import type { Additional, Direction, Property, Schemas, TypeName, View } from "./view.ts";

const NOWHERE: Spot = { file: "", offset: 0 };

/** What schemas that hold together ask of a value in this direction. */
export function viewOf(document: Document, schemas: Schemas, direction: Direction, around: Spot = NOWHERE): View {
  const gathered = gather(document, schemas);
  const { parts, name, never, groups } = gathered;
  const at: Spot = parts[0] ?? schemas[0] ?? around;
  const fields = propertiesOf(document, parts, direction);
  const types = typesOf(gathered);
  const first = (word: string): Readonly<{ value: string; at: Spot }> | null => {
    const node = parts.find((part) => child(part, word) !== null);
    const value = child(node ?? null, word);
    return node === undefined || value === null
      ? null
      : { value: JSON.stringify(plain(value)), at: spotOf(node, word) };
  };
  const firstSpot = (words: readonly string[]): Spot => {
    for (const part of parts) for (const word of words) if (child(part, word) !== null) return spotOf(part, word);
    return at;
  };
  const propertyName = parts
    .map((part) => child(child(part, "discriminator"), "propertyName"))
    .find((one) => one !== null);
  return {
    schemas,
    at,
    name,
    never,
    ...types,
    typesAt: firstSpot(["type", "nullable", "oneOf", "anyOf"]),
    ...valuesOf(parts),
    valuesAt: firstSpot(["enum", "const"]),
    known: new Map(
      parts.flatMap((part) =>
        itemsOf(child(part, "x-extensible-enum")).map((node): [string, Spot] => [JSON.stringify(plain(node)), node]),
      ),
    ),
    format: first("format"),
    limits: limitsOf(parts),
    multipleOf: multipleOf(parts),
    patterns: new Map(
      parts.flatMap((part): [string, Spot][] => {
        const pattern = textOf(child(part, "pattern"));
        return pattern === null || isAny(pattern) ? [] : [[pattern, spotOf(part, "pattern")]];
      }),
    ),
    unique: spotWhere(parts, "uniqueItems", (node) => flagOf(node) === true),
    ...fields,
    required: new Map(
      parts.flatMap((part) =>
        itemsOf(child(part, "required")).flatMap((item): [string, Spot][] => {
          const field = textOf(item);
          return field === null || fields.hidden.has(field) ? [] : [[field, item]];
        }),
      ),
    ),
    additional: additionalOf(parts),
    items: parts
      .map((part) => child(part, "items"))
      .filter((node): node is Node => node !== null && node.kind === "map"),
    prefix: prefixOf(parts),
    patternProperties: new Map(
      parts.flatMap((part) =>
        entriesOf(child(part, "patternProperties")).map(([pattern, { key, node }]): [string, Property] => [
          pattern,
          { spot: { file: part.file, offset: key }, schemas: [node] },
        ]),
      ),
    ),
    propertyNames: firstNode(parts, "propertyNames"),
    contains: firstNode(parts, "contains"),
    dependent: new Map(
      parts.flatMap((part) =>
        entriesOf(child(part, "dependentRequired")).flatMap(([on, { node }]) =>
          itemsOf(node).map((item): [string, Spot] => [`${on} → ${textOf(item) ?? ""}`, item]),
        ),
      ),
    ),
    conditions: parts.flatMap((part) =>
      ["if", "then", "else", "dependentSchemas"].flatMap((word) => child(part, word) ?? []),
    ),
    nots: parts.flatMap((part) => child(part, "not") ?? []),
    groups,
    groupsAt: firstSpot(["oneOf", "anyOf"]),
    discriminator:
      propertyName === undefined ? null : { property: textOf(propertyName) ?? "", at: firstSpot(["discriminator"]) },
    default: first("default"),
    encoding: first("contentEncoding") ?? first("contentMediaType"),
  };
}

/** A pattern that everything matches is none. */
const isAny = (pattern: string): boolean => /^\^?(?:\.\*)?\$?$/.test(pattern) && pattern !== "^$";

const firstNode = (parts: readonly Node[], word: string): Node | null =>
  parts.map((part) => child(part, word)).find((node) => node !== null) ?? null;

function spotWhere(parts: readonly Node[], word: string, holds: (node: Node | null) => boolean): Spot | null {
  const part = parts.find((one) => holds(child(one, word)));
  return part === undefined ? null : spotOf(part, word);
}

function typesOf({ parts, groups, nullable }: Gathered): Pick<View, "types" | "nullable"> {
  let types: ReadonlySet<TypeName> | null = null;
  let says: boolean | null = null;
  for (const part of parts) {
    const own = ownTypes(part);
    if (own.types === null) continue;
    types = meet(types, own.types);
    says = (says ?? true) && own.nullable === true;
  }
  return {
    types: types ?? inferred(parts),
    nullable: nullable === true ? true : groups.length > 0 && says === null ? false : says,
  };
}

/** People leave `type` out where the rest says it. */
function inferred(parts: readonly Node[]): ReadonlySet<TypeName> | null {
  const has = (words: readonly string[]): boolean =>
    parts.some((part) => words.some((word) => child(part, word) !== null));
  if (has(["properties", "additionalProperties", "patternProperties", "required"])) return new Set(["object"]);
  if (has(["items", "prefixItems"])) return new Set(["array"]);
  const listed = parts.flatMap((part) => [
    ...itemsOf(child(part, "enum")),
    ...[child(part, "const")].filter((one) => one !== null),
  ]);
  const types = listed.map((node) => typeOfValue(plain(node))).filter((one) => one !== null);
  return types.length === 0 ? null : new Set(types);
}

/** What every `enum` and `const` of the parts allows. */
function valuesOf(parts: readonly Node[]): Pick<View, "values"> {
  const lists: ReadonlyMap<string, Spot>[] = [];
  for (const part of parts) {
    const constant = child(part, "const");
    const listed = child(part, "enum");
    for (const nodes of [listed?.kind === "list" ? listed.items : null, constant === null ? null : [constant]]) {
      if (nodes === null) continue;
      lists.push(new Map(nodes.map((node): [string, Spot] => [JSON.stringify(plain(node)), node])));
    }
  }
  // Whether `null` is possible is told apart from the values.
  const [first] = lists;
  if (first === undefined) return { values: null };
  return {
    values: new Map([...first].filter(([value]) => value !== "null" && lists.every((list) => list.has(value)))),
  };
}

function propertiesOf(
  document: Document,
  parts: readonly Node[],
  direction: Direction,
): Pick<View, "properties" | "hidden"> {
  const properties = new Map<string, Property>();
  const hidden = new Map<string, Spot>();
  const word = direction === "request" ? "readOnly" : "writeOnly";
  for (const part of parts) {
    for (const [name, { key, node }] of entriesOf(child(part, "properties"))) {
      const spot = { file: part.file, offset: key };
      if (resolvedFlag(document, node, word)) hidden.set(name, spot);
      const before = properties.get(name);
      properties.set(name, { spot: before?.spot ?? spot, schemas: [...(before?.schemas ?? []), node] });
    }
  }
  for (const name of hidden.keys()) properties.delete(name);
  return { properties, hidden };
}

function additionalOf(parts: readonly Node[]): Additional {
  const schemas: Node[] = [];
  let at: Spot | null = null;
  for (const word of ["additionalProperties", "unevaluatedProperties"]) {
    for (const part of parts) {
      const node = child(part, word);
      if (flagOf(node) === false) return { kind: "closed", at: spotOf(part, word) };
      if (node?.kind !== "map" || node.entries.size === 0) continue;
      schemas.push(node);
      at ??= spotOf(part, word);
    }
  }
  return at === null ? { kind: "open" } : { kind: "schema", schemas, at };
}

function prefixOf(parts: readonly Node[]): readonly Schemas[] {
  const lists = parts.map((part) => itemsOf(child(part, "prefixItems"))).filter(({ length }) => length > 0);
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? []));
}
