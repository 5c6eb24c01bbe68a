import type { LimitName } from "../kinds/limits.ts";
import type { Node, Spot } from "../read/node.ts";

/** What callers send, or what they get. */
export type Direction = "request" | "response";

/** Schemas that hold together: one, and what `allOf` adds. None: anything goes. */
export type Schemas = readonly Node[];

export type TypeName = "string" | "number" | "integer" | "boolean" | "object" | "array";

export type Limit = Readonly<{ value: number; strict: boolean; at: Spot }>;

export type Property = Readonly<{ spot: Spot; schemas: Schemas }>;

export type Additional = Readonly<
  { kind: "open" } | { kind: "closed"; at: Spot } | { kind: "schema"; schemas: Schemas; at: Spot }
>;

/** `exclusive`: exactly one of them must hold (`oneOf`), and not one at least (`anyOf`). */
export type Group = Readonly<{ branches: readonly Node[]; exclusive: boolean }>;

/** What schemas that hold together ask of a value, whatever `$ref` and `allOf` they are written with. */
export type View = Readonly<{
  /** What it is a view of. */
  schemas: Schemas;
  at: Spot;
  /** By what people call it: the last step of its `$ref`; null: it has no name. */
  name: string | null;
  /** No value is possible. */
  never: boolean;
  /** Without `null`; null: any. */
  types: ReadonlySet<TypeName> | null;
  typesAt: Spot;
  /** Null: it is not said. */
  nullable: boolean | null;
  /** By their JSON. */
  values: ReadonlyMap<string, Spot> | null;
  valuesAt: Spot;
  /** `x-extensible-enum`: values that are known, among others to come. */
  known: ReadonlyMap<string, Spot>;
  format: Readonly<{ value: string; at: Spot }> | null;
  limits: ReadonlyMap<LimitName, Limit>;
  multipleOf: Limit | null;
  patterns: ReadonlyMap<string, Spot>;
  unique: Spot | null;
  /** Those of this direction. */
  properties: ReadonlyMap<string, Property>;
  /** Of the other one: `readOnly` where callers send, `writeOnly` where they get. */
  hidden: ReadonlyMap<string, Spot>;
  required: ReadonlyMap<string, Spot>;
  additional: Additional;
  items: Schemas;
  prefix: readonly Schemas[];
  patternProperties: ReadonlyMap<string, Property>;
  propertyNames: Node | null;
  contains: Node | null;
  /** `a → b`: where `a` is, `b` must be. */
  dependent: ReadonlyMap<string, Spot>;
  /** `if`, `then`, `else`, as they stand. */
  conditions: readonly Node[];
  nots: readonly Node[];
  /** Of each `oneOf` and `anyOf` with more than one branch, `null` left out. */
  groups: readonly Group[];
  groupsAt: Spot;
  discriminator: Readonly<{ property: string; at: Spot }> | null;
  default: Readonly<{ value: string; at: Spot }> | null;
  encoding: Readonly<{ value: string; at: Spot }> | null;
}>;
