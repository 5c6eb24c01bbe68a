import { expect, test } from "vitest";
import { LIMIT_KINDS } from "./kinds/limits.ts";
import { SCHEMA_KINDS } from "./kinds/schemas.ts";
import { changesOf, schemaIn } from "./testing.ts";

/** Whether callers break: b breaking, s safe, - it does not come up. */
type Row = readonly [kind: string, request: "b" | "s" | "-", response: "b" | "s" | "-", old: unknown, next: unknown];

const string = { type: "string" };
const number = { type: "number" };
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const cat = object({ kind: { const: "cat" }, lives: number }, { title: "Cat", required: ["kind"] });
const dog = object({ kind: { const: "dog" }, tricks: number }, { title: "Dog", required: ["kind"] });
const bird = object({ wings: number }, { title: "Bird" });
const told = (...variants: object[]) => ({ oneOf: variants });

const ROWS: readonly Row[] = [
  ["type-changed", "b", "b", string, { type: "boolean" }],
  ["type-narrowed", "b", "s", number, { type: "integer" }],
  ["type-narrowed", "b", "s", { type: ["string", "integer"] }, string],
  ["type-narrowed", "b", "s", {}, string],
  ["type-widened", "s", "b", { type: "integer" }, number],
  ["became-nullable", "s", "b", string, { type: ["string", "null"] }],
  ["became-nullable", "s", "b", string, { type: "string", nullable: true }],
  ["became-nullable", "s", "b", string, { oneOf: [string, { type: "null" }] }],
  ["became-not-nullable", "b", "s", { type: "string", nullable: true }, string],
  ["format-changed", "b", "b", { ...string, format: "date" }, { ...string, format: "uuid" }],
  ["format-narrowed", "b", "s", string, { ...string, format: "uuid" }],
  ["format-narrowed", "b", "s", { type: "integer", format: "int64" }, { type: "integer", format: "int32" }],
  ["format-widened", "s", "b", { type: "integer", format: "int32" }, { type: "integer", format: "int64" }],
  ["enum-set", "b", "s", string, { ...string, enum: ["a"] }],
  ["enum-set", "b", "s", string, { const: "a" }],
  ["enum-dropped", "s", "b", { ...string, enum: ["a"] }, string],
  ["enum-value-removed", "b", "s", { enum: ["a", "b"] }, { enum: ["a"] }],
  ["enum-value-added", "s", "b", { enum: ["a"] }, { enum: ["a", "b"] }],
  ["pattern-set", "b", "s", string, { ...string, pattern: "^a" }],
  ["pattern-dropped", "s", "b", { ...string, pattern: "^a" }, { ...string, pattern: ".*" }],
  ["pattern-changed", "b", "b", { ...string, pattern: "^a" }, { ...string, pattern: "^b" }],
  ["multiple-of-narrowed", "b", "s", { ...number, multipleOf: 0.1 }, { ...number, multipleOf: 0.3 }],
  ["multiple-of-widened", "s", "b", { ...number, multipleOf: 6 }, { ...number, multipleOf: 3 }],
  ["multiple-of-changed", "b", "b", { ...number, multipleOf: 2 }, { ...number, multipleOf: 3 }],
  ["unique-items-set", "b", "s", { type: "array" }, { type: "array", uniqueItems: true }],
  ["unique-items-dropped", "s", "b", { type: "array", uniqueItems: true }, { type: "array" }],
  ["property-removed", "b", "b", object({ a: string, b: string }), object({ a: string })],
  ["property-added", "s", "s", object({ a: string }), object({ a: string, b: string })],
  ["required-property-added", "b", "s", object({ a: string }), object({ a: string, b: string }, { required: ["b"] })],
  [
    "extensible-value-removed",
    "b",
    "s",
    { ...string, "x-extensible-enum": ["a", "b"] },
    { ...string, "x-extensible-enum": ["b", "c"] },
  ],
  ["property-became-required", "b", "s", object({ a: string }), object({ a: string }, { required: ["a"] })],
  ["property-became-optional", "s", "b", object({ a: string }, { required: ["a"] }), object({ a: string })],
  ["property-became-read-only", "b", "-", object({ a: string }), object({ a: { ...string, readOnly: true } })],
  ["property-became-write-only", "-", "b", object({ a: string }), object({ a: { ...string, writeOnly: true } })],
  ["additional-properties-closed", "b", "s", object({}), object({}, { additionalProperties: false })],
  ["additional-properties-closed", "b", "s", object({}), object({}, { unevaluatedProperties: false })],
  ["additional-properties-opened", "s", "s", object({}, { additionalProperties: false }), object({})],
  ["additional-properties-narrowed", "b", "s", object({}), object({}, { additionalProperties: string })],
  ["additional-properties-widened", "s", "b", object({}, { additionalProperties: string }), object({})],
  [
    "additional-properties-removed",
    "b",
    "b",
    object({}, { additionalProperties: string }),
    object({}, { additionalProperties: false }),
  ],
  ["variant-removed", "b", "s", told(cat, dog), cat],
  ["variant-removed", "b", "s", told(cat, dog, bird), told(dog, cat)],
  ["variant-added", "s", "b", cat, told(dog, cat)],
  ["variant-added", "s", "b", told(cat, string), told(cat, string, number)],
  ["variant-added", "s", "b", told(cat, dog), { anyOf: [cat, bird, dog] }],
  [
    "variant-added",
    "s",
    "b",
    told({ enum: ["a"] }, { enum: ["b"] }),
    told({ enum: ["a"] }, { enum: ["b"] }, { enum: ["c"] }),
  ],
  ["variant-added", "s", "b", told(cat, dog), { anyOf: [cat, bird, dog] }],
  ["variants-overlap", "b", "s", { anyOf: [cat, bird] }, told(cat, bird)],
  ["variants-exclusive-dropped", "s", "b", told(cat, bird), { anyOf: [cat, bird] }],
  ["variants-set", "b", "s", object({ a: string }), object({ a: string }, told(cat, dog))],
  ["variants-dropped", "s", "b", object({ a: string }, told(cat, dog)), object({ a: string })],
  ["variants-changed", "b", "b", bird, told(cat, dog)],
  [
    "discriminator-changed",
    "b",
    "b",
    { ...told(cat, dog), discriminator: { propertyName: "kind" } },
    { ...told(cat, dog), discriminator: { propertyName: "species" } },
  ],
  ["not-set", "b", "s", string, { ...string, not: { const: "x" } }],
  ["not-dropped", "s", "b", { ...string, not: { const: "x" } }, string],
  ["condition-changed", "b", "b", object({}), object({}, { if: { required: ["a"] }, else: { required: ["b"] } })],
  ["dependent-required-set", "b", "s", object({}), object({}, { dependentRequired: { a: ["b"] } })],
  ["dependent-required-dropped", "s", "b", object({}, { dependentRequired: { a: ["b"] } }), object({})],
  ["property-names-set", "b", "s", object({}), object({}, { propertyNames: { pattern: "^x" } })],
  ["property-names-dropped", "s", "b", object({}, { propertyNames: { pattern: "^x" } }), object({})],
  ["contains-set", "b", "s", { type: "array" }, { type: "array", contains: string }],
  ["contains-dropped", "s", "b", { type: "array", contains: string }, { type: "array" }],
  ["pattern-property-set", "b", "s", object({}), object({}, { patternProperties: { "^x-": string } })],
  ["pattern-property-dropped", "s", "b", object({}, { patternProperties: { "^x-": string } }), object({})],
  ["content-encoding-changed", "b", "b", string, { ...string, contentEncoding: "base64" }],
  ["schema-closed", "b", "s", object({ a: string }), object({ a: false })],
  ["schema-opened", "s", "b", object({ a: false }), object({ a: string })],
  ["default-changed", "b", "s", { ...string, default: "a" }, { ...string, default: "b" }],
  ["default-set", "s", "s", string, { ...string, default: "b" }],
  ["maximum-narrowed", "b", "s", { ...number, maximum: 9 }, { ...number, exclusiveMaximum: 9 }],
  ["maximum-narrowed", "b", "s", { ...number, maximum: 9 }, { ...number, maximum: 9, exclusiveMaximum: true }],
  ["maximum-widened", "s", "b", { ...number, maximum: 9 }, { ...number, maximum: 10 }],
  ["minimum-narrowed", "b", "s", number, { ...number, minimum: 0 }],
  ["minimum-widened", "s", "b", { ...number, minimum: 0 }, number],
  ["max-length-narrowed", "b", "s", { ...string, maxLength: 9 }, { ...string, maxLength: 8 }],
  ["max-length-widened", "s", "b", { ...string, maxLength: 9 }, string],
  ["min-length-narrowed", "b", "s", { ...string, minLength: 0 }, { ...string, minLength: 1 }],
  ["min-length-widened", "s", "b", { ...string, minLength: 2 }, { ...string, minLength: 1 }],
  ["max-items-narrowed", "b", "s", { type: "array" }, { type: "array", maxItems: 5 }],
  ["max-items-widened", "s", "b", { type: "array", maxItems: 5 }, { type: "array", maxItems: 6 }],
  ["min-items-narrowed", "b", "s", { type: "array" }, { type: "array", minItems: 1 }],
  ["min-items-widened", "s", "b", { type: "array", minItems: 1 }, { type: "array" }],
  ["max-properties-narrowed", "b", "s", object({}), object({}, { maxProperties: 3 })],
  ["max-properties-widened", "s", "b", object({}, { maxProperties: 3 }), object({}, { maxProperties: 4 })],
  ["min-properties-narrowed", "b", "s", object({}), object({}, { minProperties: 1 })],
  ["min-properties-widened", "s", "b", object({}, { minProperties: 1 }), object({})],
  ["max-contains-narrowed", "b", "s", { type: "array" }, { type: "array", maxContains: 3 }],
  ["max-contains-widened", "s", "b", { type: "array", maxContains: 3 }, { type: "array" }],
  ["min-contains-narrowed", "b", "s", { type: "array" }, { type: "array", minContains: 3 }],
  ["min-contains-widened", "s", "b", { type: "array", minContains: 3 }, { type: "array" }],
];

const WORD = { b: "breaking", s: "safe" } as const;

const cases = ROWS.flatMap(([kind, request, response, old, next], row) =>
  (
    [
      ["request", request],
      ["response", response],
    ] as const
  ).map(([direction, verdict]) => ({ row, kind, direction, verdict, old, next })),
);

test.each(cases)("$kind in a $direction is $verdict ($row)", async ({ kind, direction, verdict, old, next }) => {
  const changes = await changesOf(schemaIn(direction, old), schemaIn(direction, next));
  const found = changes.filter((change) => change.kind === kind);
  if (verdict === "-") {
    expect(found).toEqual([]);
    return;
  }
  expect(found, JSON.stringify(changes)).toMatchObject([
    {
      verdict: WORD[verdict],
      direction,
      operations: ["POST /v1/articles"],
      old: { file: "old.yaml" },
      next: { file: "new.yaml" },
    },
  ]);
  expect(found[0]?.hint === null).toBe(verdict === "s");
  // Nothing else is made of it that would break where this does not.
  if (verdict === "s") expect(changes.filter((change) => change.verdict === "breaking")).toEqual([]);
});

test("every kind of change of a schema is shown by an example", () => {
  const shown = new Set(ROWS.map(([kind]) => kind));
  expect([...SCHEMA_KINDS, ...LIMIT_KINDS].map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});

const SAME: readonly (readonly [what: string, old: unknown, next: unknown])[] = [
  ["words for people", { ...string, description: "a" }, { ...string, description: "b", example: "x", title: "T" }],
  ["allOf written out", { allOf: [object({ a: string }), object({ b: number })] }, object({ a: string, b: number })],
  ["allOf of one", string, { allOf: [string] }],
  ["the order of an enum", { enum: ["a", "b"] }, { enum: ["b", "a"] }],
  ["const and an enum of one", { const: "a" }, { enum: ["a"] }],
  ["nullable written in two ways", { type: "string", nullable: true }, { type: ["string", "null"] }],
  ["nullable by a variant", { type: ["string", "null"] }, { anyOf: [{ type: "null" }, string] }],
  ["type left out where the fields say it", { properties: { a: string } }, object({ a: string })],
  ["the order of variants", told(cat, dog), told(dog, cat)],
  ["int64 said of an integer", { type: "integer" }, { type: "integer", format: "int64" }],
  ["a limit that limits nothing", string, { ...string, minLength: 0 }],
  [
    "exclusiveMaximum in 3.0 and 3.1",
    { ...number, maximum: 9, exclusiveMaximum: true },
    { ...number, exclusiveMaximum: 9 },
  ],
  ["fields of another order", object({ a: string, b: number }), object({ b: number, a: string })],
  ["an empty pattern", string, { ...string, pattern: "" }],
  ["a pattern that everything matches", string, { ...string, pattern: "^.*$" }],
];

test.each(SAME)("%s is no change", async (_, old, next) => {
  for (const direction of ["request", "response"] as const)
    expect(await changesOf(schemaIn(direction, old), schemaIn(direction, next))).toEqual([]);
});

const components = (schemas: object) => ({ components: { schemas } });

test("a schema that many operations share is told once, with all of them, at its own place", async () => {
  const paths = (words: object) => ({
    "/v1/articles": { get: words, post: words },
    "/v1/drafts/{id}": { get: words },
  });
  const reply = {
    responses: {
      200: { description: "", content: { "application/json": { schema: { $ref: "#/components/schemas/Article" } } } },
    },
  };
  const api = (article: object) => ({
    openapi: "3.0.3",
    info: {},
    paths: paths(reply),
    ...components({
      Article: article,
      User: { type: "object", properties: { of: { $ref: "#/components/schemas/Article" } } },
    }),
  });
  const changes = await changesOf(
    api(object({ title: string, of: { $ref: "#/components/schemas/User" } })),
    api(object({ of: { $ref: "#/components/schemas/User" } })),
  );
  expect(changes).toMatchObject([
    {
      kind: "property-removed",
      message: "Article.title: the field is gone",
      operations: ["GET /v1/articles", "GET /v1/drafts/{id}", "POST /v1/articles"],
    },
  ]);
});

test("a circle of references ends, and what is behind an unchanged reference is still seen", async () => {
  const node = (word: string) => object({ next: { $ref: "#/components/schemas/Node" }, [word]: string });
  const of = (word: string) =>
    schemaIn(
      "response",
      { $ref: "#/components/schemas/Tree" },
      components({ Tree: object({ root: { $ref: "#/components/schemas/Node" } }), Node: node(word) }),
    );
  expect((await changesOf(of("a"), of("a"))).length).toBe(0);
  expect((await changesOf(of("a"), of("b"))).map(({ kind }) => kind)).toEqual(["property-removed", "property-added"]);
});

test("what only callers get does not break what they send, though both are one schema", async () => {
  const owner = (word: string) =>
    components({
      Owner: object({ [word]: string }),
      Article: object({ owner: { readOnly: true, $ref: "#/components/schemas/Owner" } }),
    });
  const of = (word: string) => schemaIn("request", { $ref: "#/components/schemas/Article" }, owner(word));
  expect(await changesOf(of("a"), of("b"))).toEqual([]);
});
