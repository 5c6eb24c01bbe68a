import { type Node, plain } from "../read/node.ts";
import { splitRef } from "../read/refs.ts";
import type { Direction } from "../schema/view.ts";

type Json = Record<string, unknown>;

/** What a schema of one file is called for the validator. */
export const idOf = (file: string): string => `contract:/${encodeURI(file)}`;

/** A part of a contract as JSON Schema 2020-12, in which what is sent and answered is validated: OpenAPI 3.0's own words written otherwise, references made absolute. */
export function jsonSchemaOf(node: Node, direction: Direction): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map((item) => jsonSchemaOf(item, direction));
  const made: Json = {};
  for (const [name, { node: value }] of node.entries) {
    if (name === "example" || name === "examples" || name === "xml" || name === "discriminator") continue;
    made[name] =
      name === "enum" || name === "const" || name === "default" ? plain(value) : jsonSchemaOf(value, direction);
  }
  return nullable(exclusive(ofDirection(absolute(made, node.file), direction)));
}

function absolute(schema: Json, from: string): Json {
  const { $ref } = schema;
  if (typeof $ref !== "string") return schema;
  const target = splitRef($ref, from);
  const pointer = $ref.includes("#") ? $ref.slice($ref.indexOf("#")) : "";
  return target === null ? schema : { ...schema, $ref: `${idOf(target.file)}${pointer}` };
}

/** A field that only callers send is not missing in an answer, nor one that only the service sends in a request. */
function ofDirection(schema: Json, direction: Direction): Json {
  const word = direction === "response" ? "writeOnly" : "readOnly";
  const { required, properties } = schema;
  if (!Array.isArray(required) || typeof properties !== "object" || properties === null) return schema;
  const fields = properties as Readonly<Record<string, Readonly<Record<string, unknown>> | boolean>>;
  return { ...schema, required: required.filter((name) => Object(fields[String(name)])[word] !== true) };
}

function exclusive(schema: Json): Json {
  const made = { ...schema };
  for (const [flag, limit] of [
    ["exclusiveMaximum", "maximum"],
    ["exclusiveMinimum", "minimum"],
  ] as const) {
    if (typeof made[flag] !== "boolean") continue;
    const strict = made[flag] === true;
    delete made[flag];
    if (!strict || made[limit] === undefined) continue;
    made[flag] = made[limit];
    delete made[limit];
  }
  return made;
}

function nullable(schema: Json): Json {
  if (schema.nullable !== true) return schema;
  const { nullable: _, ...rest } = schema;
  return { anyOf: [{ type: "null" }, rest] };
}
