/**
 * The schema of a database as the catalogs of PostgreSQL tell it, without OIDs: two of them can be compared, whatever server each
 * was read from. Names are quoted where SQL needs it, and bear their schema. What belongs to an extension, and Sampan's own
 * tables, is left out.
 */
export type Catalog = Readonly<{
  /** `server_version_num`, such as 180001. */
  version: number;
  schemas: Readonly<Record<string, Owned>>;
  tables: Readonly<Record<string, Table>>;
  constraints: Readonly<Record<string, Constraint>>;
  indexes: Readonly<Record<string, Index>>;
  views: Readonly<Record<string, View>>;
  enums: Readonly<Record<string, Enum>>;
  domains: Readonly<Record<string, Domain>>;
  /** Composite and range types. */
  types: Readonly<Record<string, Composite>>;
  /** By signature: `public.total(integer)`. */
  functions: Readonly<Record<string, Routine>>;
  /** By `table trigger`, as policies and rules are. */
  triggers: Readonly<Record<string, Trigger>>;
  policies: Readonly<Record<string, Policy>>;
  rules: Readonly<Record<string, Readonly<{ definition: string }>>>;
  sequences: Readonly<Record<string, Sequence>>;
  extensions: Readonly<Record<string, Readonly<{ schema: string; version: string }>>>;
  statistics: Readonly<Record<string, Readonly<{ definition: string }>>>;
  /** What else was made by people: operators, casts, collations, text search, foreign servers, event triggers. */
  others: readonly string[];
  /** Of the database itself; its name is left out. */
  database: Owned;
  /** `ALTER DEFAULT PRIVILEGES`, by `role schema kind`. */
  defaultAcls: Readonly<Record<string, Acl>>;
  /** Those that own, are granted or inherit anything here. */
  roles: Readonly<Record<string, Role>>;
}>;

/** `grantee=privilege`, with `*` where it may be handed on; sorted. A right that PostgreSQL gives by default is told as any other. */
export type Acl = readonly string[];

export type Owned = Readonly<{ owner: string; acl: Acl }>;

export type Table = Owned &
  Readonly<{
    kind: "table" | "partitioned" | "foreign";
    persistence: "permanent" | "unlogged";
    rowSecurity: "off" | "on" | "forced";
    options: readonly string[];
    replicaIdentity: string;
    /** `FOR VALUES …` of a partition. */
    bound: string | null;
    /** `RANGE (at)` of a partitioned table. */
    partitionKey: string | null;
    parents: readonly string[];
    /** In their order. */
    columns: readonly Column[];
  }>;

export type Column = Readonly<{
  name: string;
  /** With its modifier: `character varying(20)`, `numeric(10,2)`. */
  type: string;
  /** `atttypmod`; -1: none. */
  typmod: number;
  notNull: boolean;
  default: string | null;
  generated: "" | "stored" | "virtual";
  identity: "" | "always" | "by default";
  collation: string | null;
  acl: Acl;
}>;

export type Constraint = Readonly<{ table: string | null; kind: string; definition: string; validated: boolean }>;

export type Index = Readonly<{ table: string; definition: string; unique: boolean; valid: boolean; primary: boolean }>;

export type View = Owned &
  Readonly<{
    kind: "view" | "materialized";
    definition: string;
    options: readonly string[];
    columns: readonly Readonly<{ name: string; type: string }>[];
    /** Relations that it reads. */
    reads: readonly string[];
  }>;

/** In the order of the values. */
export type Enum = Owned & Readonly<{ values: readonly string[] }>;

export type Domain = Owned & Readonly<{ type: string; notNull: boolean; default: string | null }>;

export type Composite = Owned & Readonly<{ definition: string }>;

export type Routine = Owned &
  Readonly<{
    kind: "function" | "procedure" | "aggregate" | "window";
    result: string;
    language: string;
    volatility: "immutable" | "stable" | "volatile";
    securityDefiner: boolean;
    /** MD5 of the whole definition. */
    body: string;
    /** The text of a trigger function in PL/pgSQL; null: it is none. */
    trigger: string | null;
  }>;

export type Trigger = Readonly<{ table: string; definition: string; enabled: string; function: string }>;

export type Policy = Readonly<{
  table: string;
  permissive: boolean;
  command: string;
  roles: readonly string[];
  using: string | null;
  check: string | null;
}>;

/** Without its current value, which is data. */
export type Sequence = Owned &
  Readonly<{
    type: string;
    start: string;
    increment: string;
    min: string;
    max: string;
    cache: string;
    cycle: boolean;
    ownedBy: string | null;
  }>;

export type Role = Readonly<{
  login: boolean;
  inherit: boolean;
  superuser: boolean;
  createDatabase: boolean;
  createRole: boolean;
  bypassRowSecurity: boolean;
  /** Roles that it is a member of. */
  memberOf: readonly string[];
  /** `name=value` for this database, over those for all. */
  settings: readonly string[];
}>;
