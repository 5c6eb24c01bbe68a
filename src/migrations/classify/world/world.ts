import type { WrittenType } from "../ast.ts";

/**
 * What is known of the schema while one file after another is read: from the catalog, from the files themselves, or from both.
 * `fresh`: made by the release that is being judged, so that no running code knows it.
 */
export type World = {
  /** True with a catalog: what is not in here does not exist. */
  readonly complete: boolean;
  /** Null: not known. */
  readonly schemas: ReadonlySet<string> | null;
  /** Roles that use this database: a schema named like one of them comes first in its search_path. */
  readonly roles: ReadonlySet<string>;
  /** Who is granted every sequence that will be made. */
  readonly sequencesFor: ReadonlySet<string>;
  /** Where names without a schema lead. */
  schema: string;
  readonly relations: Map<string, Relation>;
  readonly indexes: Map<string, Index>;
  readonly types: Map<string, KnownType>;
  /** By name without arguments. */
  readonly functions: Map<string, readonly Routine[]>;
};

export type Relation = {
  readonly kind: "table" | "partitioned" | "view" | "materialized" | "sequence";
  readonly fresh: boolean;
  /** False where only some of its columns were seen. */
  readonly whole: boolean;
  readonly columns: Map<string, Column>;
  readonly constraints: Map<string, Constraint>;
  readonly triggers: Map<string, Trigger>;
  rowSecurity: boolean | null;
  defaultPartition: boolean | null;
  /** Views: the query as a tree, and what it reads. */
  query: unknown;
  readers: readonly string[];
  /** Somebody besides the owner may TRUNCATE it; null: not known. */
  truncated: boolean | null;
  /** Who was granted anything, besides the owner; null: not known. */
  grantees: readonly string[] | null;
  /** Which rows a replica is told apart by; null: not known. */
  replicaIdentity: "default" | "nothing" | "full" | "index" | null;
};

export type Trigger = Readonly<{
  /** Key of its function. */
  fn: string;
  /** CREATE TRIGGER as a tree. */
  made: unknown;
}>;

export type Column = Readonly<{
  type: WrittenType | null;
  notNull: boolean | null;
  default: "none" | "some" | null;
  collation: string | null;
  generated: boolean;
  identity: boolean;
  fresh: boolean;
}>;

export type Constraint = Readonly<{
  kind: "check" | "unique" | "primary" | "foreign" | "exclusion" | "not-null" | "other";
  columns: readonly string[];
  validated: boolean;
  /** NO INHERIT: the tables below do not have it. */
  alone: boolean;
  /** Of a CHECK. */
  expression: unknown;
  fresh: boolean;
}>;

export type Index = Readonly<{
  table: string;
  unique: boolean;
  valid: boolean;
  columns: readonly string[];
  fresh: boolean;
}>;

export type KnownType = Readonly<{
  kind: "enum" | "domain" | "composite";
  /** A domain with NOT NULL or a CHECK. */
  constrained: boolean;
  /** Of a domain; null: not known, or none. */
  base: WrittenType | null;
  fresh: boolean;
}>;

export type Routine = Readonly<{
  volatile: boolean | null;
  /** How many arguments a call may have. */
  least: number;
  most: number;
  /** Of a trigger function: the columns of NEW that it assigns; null: not known. */
  assigns: readonly string[] | null;
  fresh: boolean;
}>;

type Known = Partial<Pick<World, "roles" | "sequencesFor">>;

export const emptyWorld = (schemas: ReadonlySet<string> | null, known: Known = {}): World => ({
  complete: schemas !== null,
  schemas,
  roles: new Set(),
  sequencesFor: new Set(),
  ...known,
  schema: "public",
  relations: new Map(),
  indexes: new Map(),
  types: new Map(),
  functions: new Map(),
});

export const newRelation = (kind: Relation["kind"], at: Readonly<{ fresh: boolean; whole: boolean }>): Relation => ({
  kind,
  ...at,
  columns: new Map(),
  constraints: new Map(),
  triggers: new Map(),
  rowSecurity: at.fresh ? false : null,
  defaultPartition: at.fresh ? false : null,
  query: null,
  readers: [],
  truncated: null,
  grantees: null,
  replicaIdentity: at.fresh ? "default" : null,
});

/** `schema.name`. */
export const keyOf = (world: World, parts: readonly string[]): string =>
  parts.length > 1 ? parts.slice(-2).join(".") : `${world.schema}.${parts[0] ?? ""}`;

export const relationAt = (world: World, parts: readonly string[]): Relation | undefined =>
  world.relations.get(keyOf(world, parts));

export const isFresh = (world: World, parts: readonly string[]): boolean => relationAt(world, parts)?.fresh === true;

/** Nothing by this name exists: a statement that says IF EXISTS does nothing. */
export const isAbsent = (world: World, parts: readonly string[]): boolean =>
  world.complete && !world.relations.has(keyOf(world, parts));
