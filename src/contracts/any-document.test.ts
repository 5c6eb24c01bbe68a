import fc from "fast-check";
import { expect, test } from "vitest";
import { compareContracts } from "./compare-contracts.ts";
import { readDocument } from "./read/read-document.ts";
import { apiWith, changesOf, documentOf, schemaIn } from "./testing.ts";

const word = fc.constantFrom(
  "a",
  "b",
  "kind",
  "example",
  "default",
  "$ref",
  "properties",
  "nullable",
  "__proto__",
  "constructor",
);
const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: "small", withCrossShrink: true },
    fc.boolean(),
    fc.record(
      {
        type: fc.oneof(
          fc.constantFrom("string", "object", "array", "null", "integer", "nonsense"),
          fc.array(fc.constantFrom("string", "null", "number"), { maxLength: 3 }),
        ),
        nullable: fc.boolean(),
        enum: fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.constant(null)), { maxLength: 3 }),
        properties: fc.dictionary(word, tie("schema"), { maxKeys: 3 }),
        required: fc.array(word, { maxLength: 2 }),
        additionalProperties: tie("schema"),
        items: tie("schema"),
        allOf: fc.array(tie("schema"), { maxLength: 2 }),
        oneOf: fc.array(tie("schema"), { maxLength: 3 }),
        anyOf: fc.array(tie("schema"), { maxLength: 2 }),
        not: tie("schema"),
        $ref: fc.constantFrom("#/components/schemas/A", "#/components/schemas/B"),
        minimum: fc.oneof(fc.integer(), fc.constant("x")),
        maxLength: fc.integer(),
        format: fc.oneof(fc.constantFrom("uuid", "int32"), fc.integer()),
        default: fc.anything({ maxDepth: 1 }),
        readOnly: fc.boolean(),
        discriminator: fc.record({ propertyName: word }),
      },
      { requiredKeys: [] },
    ),
  ),
}));
const components = fc.record({ A: schema, B: schema }).map((schemas) => ({ components: { schemas } }));

test("nothing changes between a document and itself, whatever it says", async () => {
  await fc.assert(
    fc.asyncProperty(schema, components, fc.constantFrom("request", "response"), async (one, more, direction) => {
      const document = JSON.stringify(schemaIn(direction, one, more));
      expect(await changesOf(document, document)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("two documents are compared to the end, whatever they say, and what is gained one way is lost the other", async () => {
  await fc.assert(
    fc.asyncProperty(schema, schema, components, async (one, other, more) => {
      const [old, next] = [one, other].map((it) => JSON.stringify(schemaIn("request", it, more)));
      const [there, back] = [await changesOf(old, next), await changesOf(next, old)];
      expect(there.length === 0).toBe(back.length === 0);
    }),
    { numRuns: 60 },
  );
});

test("any text is read or refused with a place, in bounded time", async () => {
  const text = fc.string({
    unit: fc.constantFrom(..."{}[]:,-&*#|> \n\t'\"ab1", "openapi: 3.0.3\n", "paths:\n", "  $ref: ", "<<: *a"),
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      const read = await readDocument("a.yaml", async (file) => (file === "a.yaml" ? written : null));
      if (read.kind === "problems") expect(read.problems.every(({ file }) => file !== null)).toBe(true);
      else compareContracts({ old: read.document, next: read.document, today: "2026-11-26" });
    }),
    { numRuns: 200 },
  );
  for (const long of ["[", "{a: ", "- ", "&a [*a, ", "? ", "|\n ", "'"]) {
    await readDocument("a.yaml", async () => `openapi: 3.0.3\nx: ${long.repeat(3000)}`);
  }
});

test("aliases that stand for ever more are one thing each", async () => {
  const levels = Array.from(
    { length: 30 },
    (_, at) => `  s${at + 1}: &s${at + 1} { type: object, properties: { a: *s${at}, b: *s${at} } }`,
  );
  const bomb = [
    "openapi: 3.1.0",
    "x-all:",
    "  s0: &s0 { type: string }",
    ...levels,
    "paths:",
    "  /a: { get: { responses: { 200: { content: { application/json: { schema: *s30 } } } } } }",
  ].join("\n");
  const document = await documentOf({ "a.yaml": bomb });
  expect(
    compareContracts({
      old: document,
      next: await documentOf({ "b.yaml": bomb.replace("string", "integer") }),
      today: "2026-11-26",
    }),
  ).toMatchObject([{ kind: "type-changed", operations: ["GET /a"] }]);
});

test("a reference that leads nowhere, into the web or in a circle is told, or followed no further", async () => {
  const wrong = async (ref: string) => {
    const read = await readDocument("a.yaml", async (file) =>
      file === "a.yaml" ? JSON.stringify(apiWith({ "/a": { $ref: ref } })) : null,
    );
    return read.kind === "problems" ? read.problems.map(({ code }) => code) : [];
  };
  expect(await wrong("#/nowhere")).toEqual(["contract-ref"]);
  expect(await wrong("https://example.org/a.yaml")).toEqual(["contract-ref"]);
  expect(await wrong("other.yaml#/a")).toEqual(["contract-missing"]);
  expect(await wrong("#/paths/~1a")).toEqual([]);
});
