import { type Node, plain } from "../read/node.ts";
import { splitRef } from "../read/refs.ts";

type Json = Record<string, unknown>;

/** What a schema of one file is called for the validator. */
export const idOf = (file: string): string => `contract:/${encodeURI(file)}`;

/** A part of a contract as JSON Schema 2020-12, in which replies are validated: OpenAPI 3.0's own words written otherwise, references made absolute. */
export function jsonSchemaOf(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(jsonSchemaOf);
  const made: Json = {};
  for (const [name, { node: value }] of node.entries) {
    if (name === "example" || name === "examples" || name === "xml" || name === "discriminator") continue;
    made[name] = name === "enum" || name === "const" || name === "default" ? plain(value) : jsonSchemaOf(value);
  }
  return nullable(exclusive(withoutWriteOnly(absolute(made, node.file))));
}

function absolute(schema: Json, from: string): Json {
  const { $ref } = schema;
  if (typeof $ref !== "string") return schema;
  const target = splitRef($ref, from);
  const pointer = $ref.includes("#") ? $ref.slice($ref.indexOf("#")) : "";
  return target === null ? schema : { ...schema, $ref: `${idOf(target.file)}${pointer}` };
}

/** A field that only callers send is not missing in an answer. */
function withoutWriteOnly(schema: Json): Json {
  const { required, properties } = schema;
  if (!Array.isArray(required) || typeof properties !== "object" || properties === null) return schema;
  const fields = properties as Readonly<Record<string, { writeOnly?: unknown } | boolean>>;
  return { ...schema, required: required.filter((name) => Object(fields[String(name)]).writeOnly !== true) };
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
