import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { changesOf, schemaIn } from "./testing.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const component = (schemas: object) => ({ components: { schemas } });
type Around = Readonly<Record<"old" | "next", Readonly<Record<string, unknown>>>>;

const kinds = async (old: object, next: object, around: Around = { old: {}, next: {} }) =>
  (await changesOf(schemaIn("request", old, around.old), schemaIn("request", next, around.next)))
    .filter(({ verdict }) => verdict === "breaking")
    .map(({ kind }) => kind);

const told = (name: string, field: object) => ({
  type: "object",
  required: ["kind"],
  properties: { kind: field },
  title: name,
});

test("variants that a field tells apart by its type, its values or by a discriminator, or that are closed, may be more", async () => {
  const [a, b] = [told("A", { const: "a" }), told("B", { const: "b" })];
  const some: readonly (readonly [object, object])[] = [
    [told("A", { type: "string" }), told("B", { type: "integer" })],
    [a, b],
    [told("A", { enum: ["a", "c"] }), told("B", { enum: ["b", "d"] })],
    [a, { type: "array", title: "B", items: {} }],
    [
      { title: "A", type: "object", properties: { one: {} }, required: ["one"], additionalProperties: false },
      { title: "B", type: "object", properties: { two: {} }, additionalProperties: false },
    ],
    [
      { title: "A", oneOf: [{ type: "string" }, { type: "boolean" }] },
      { title: "B", type: "number" },
    ],
  ];
  for (const [one, other] of some) {
    if (!("oneOf" in one)) expect(await kinds(one, { oneOf: [one, other] })).toEqual([]);
    expect(await kinds({ anyOf: [one, other] }, { oneOf: [other, one] })).toEqual([]);
  }
  const open = [told("A", { type: "string" }), told("B", { type: "string" })];
  const discriminator = { propertyName: "kind" };
  expect(await kinds({ oneOf: open.slice(0, 1), discriminator }, { oneOf: open, discriminator })).toEqual([]);
  expect(await kinds(a, { oneOf: [a, { title: "C", type: "object" }] })).toEqual(["variants-overlap"]);
  expect(await kinds({ oneOf: [a, b] }, { oneOf: [a, b, { title: "C", type: "object" }] })).toEqual([
    "variants-overlap",
  ]);
});

test("what two variants share is found behind their references, and once", async () => {
  const union = { oneOf: [ref("A"), ref("B")] };
  const before = component({ A: told("A", { const: "a" }), B: told("B", { const: "b" }) });
  const both = [told("A", { const: "a" }), told("B", { const: "b" })].map((one) => ({ ...one, required: [] }));
  const after = component({ A: both[0], B: both[1] });
  expect(await kinds(union, union, { old: before, next: after })).toEqual(["variants-overlap"]);
  expect(await kinds(union, union, { old: before, next: before })).toEqual([]);
  // They overlapped before: nothing is lost that anybody had.
  expect(await kinds(union, union, { old: after, next: after })).toEqual([]);
});

test("it can be allowed where it happens, as any other change", async () => {
  const [a, b] = [told("A", { const: "a" }), told("B", { const: "b" })];
  const open = { title: "C", type: "object" };
  const allow = [{ change: "variants-overlap", because: "no value has both" }];
  const changes = await changesOf(
    schemaIn("request", { oneOf: [a, b] }),
    schemaIn("request", { oneOf: [a, b, open] }, { "x-sampan-allow": allow }),
  );
  expect(changes.map(({ kind, allowed }) => [kind, allowed])).toContainEqual(["variants-overlap", "no value has both"]);
});

const PALETTE: readonly object[] = [
  { type: "string" },
  { type: "integer" },
  { type: "number" },
  { type: ["string", "null"] },
  { enum: ["a", 1] },
  { const: "a" },
  told("", { const: "a" }),
  told("", { const: "b" }),
  told("", { type: "string" }),
  { type: "object", properties: { kind: { const: "a" } } },
  { type: "object", properties: { other: {} }, required: ["other"], additionalProperties: false },
  { type: "object", properties: { kind: {} }, additionalProperties: false },
  { type: "array", items: { type: "string" } },
  { anyOf: [{ type: "string" }, told("", { const: "b" })] },
].map((schema, at) => ({ ...schema, title: `T${at}` }));

const VALUES: readonly unknown[] = [
  ...["a", "b", "", 1, 1.5, null, true, [], ["a"], [1], {}],
  ...[{ kind: "a" }, { kind: "b" }, { kind: "c" }, { kind: 1 }, { kind: null }, { other: 1 }, { kind: "a", other: 1 }],
];

test("property: where nothing breaks in a request, every value that one of several was is one of several still", async () => {
  const variants = fc.subarray([...PALETTE], { minLength: 2, maxLength: 4 });
  const union = fc.record({ word: fc.constantFrom("oneOf", "anyOf"), variants });
  const ajv = new Ajv2020({ strict: false });
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(union, union, fc.boolean(), async (old, other, grows) => {
      const more = grows ? [...new Set([...old.variants, ...other.variants])] : other.variants;
      const [was, is] = [{ [old.word]: old.variants }, { [other.word]: more }];
      if ((await kinds(was, is)).length > 0) return;
      seen += 1;
      const [before, after] = [ajv.compile(was), ajv.compile(is)];
      const lost = VALUES.filter((value) => before(value) && !after(value));
      expect(lost).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(seen).toBeGreaterThan(20);
});
