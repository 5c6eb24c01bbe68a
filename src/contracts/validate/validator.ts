import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Document } from "../read/document.ts";
import type { Node } from "../read/node.ts";
import type { Direction } from "../schema/view.ts";
import { idOf, jsonSchemaOf } from "./json-schema.ts";

/** What is wrong with a value by a schema of the contract; empty: nothing is. */
export type Validator = (schema: Node, value: unknown) => readonly string[];

const TOLD = 5;

/** Validates values by a contract's schemas, each compiled once. */
export function createValidator(document: Document, direction: Direction): Validator {
  const ajv = new Ajv2020({
    strict: false,
    validateSchema: false,
    allErrors: true,
    logger: false,
    addUsedSchema: false,
  });
  // The package is CommonJS: its function is its default export, and that of its default export.
  (formats as unknown as { default: (to: Ajv2020) => void }).default(ajv);
  for (const [file, root] of document.files) ajv.addSchema(jsonSchemaOf(root, direction) as object, idOf(file));
  const compiled = new Map<Node, ReturnType<Ajv2020["compile"]>>();
  return (schema, value) => {
    const check = compiled.get(schema) ?? ajv.compile(asSchema(jsonSchemaOf(schema, direction)));
    compiled.set(schema, check);
    if (check(value) === true) return [];
    const wrong = (check.errors ?? []).map(
      ({ instancePath, message = "" }) => `${instancePath === "" ? "the body" : instancePath} ${message}`,
    );
    return [...new Set(wrong)].slice(0, TOLD);
  };
}

const asSchema = (schema: unknown): object | boolean => (typeof schema === "boolean" ? schema : (schema as object));
