import type { MigrationFile } from "../plan/plan.ts";

/** `0007_add_phone`: one step of a service's schema or data, up and (nearly always) down. */
export type Migration = MigrationFile &
  Readonly<{
    number: number;
    up: Script;
    /** Null only for a migration that says why it cannot be taken back. */
    down: Script | null;
    /** The reason that its up file gives in `-- sampan: irreversible because …`. */
    irreversible: string | null;
    /** Not null for a data migration: `up` then runs once for each batch. */
    batches: Batches | null;
    /** Migrations that its up file says it comes after: `-- sampan: after NNNN_name`. */
    after: readonly string[];
  }>;

/** How a data migration goes through a table: so many rows at a time, in the order of a key. Names as PostgreSQL keeps them. */
export type Batches = Readonly<{
  schema: string | null;
  table: string;
  key: string;
  /** Rows of a batch. */
  size: number;
  /** Between two batches, in milliseconds. */
  pause: number;
}>;

/** One SQL file, taken apart. */
export type Script = Readonly<{
  /** Absolute path. */
  file: string;
  text: string;
  statements: readonly Statement[];
  /** False where the file begins with `-- sampan: no-transaction`. */
  transaction: boolean;
}>;

export type Statement = Readonly<{
  text: string;
  /** Where it begins in the file's text, in characters (code points, as PostgreSQL counts them). */
  offset: number;
  kind: StatementKind;
}>;

/** Only what the runner must know; what a statement does to running code is for classification. */
export type StatementKind = Readonly<
  | { kind: "ordinary" }
  | { kind: "create-index-concurrently"; schema: string | null; index: string }
  | { kind: "drop-index-concurrently"; indexes: readonly Readonly<{ schema: string | null; index: string }>[] }
>;

/** Migrations go by number; names only break ties, which are refused anyway. */
export const byNumber = (a: { name: string }, b: { name: string }): number =>
  numberOf(a.name) - numberOf(b.name) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Diesel writes the date with dashes, `2024-01-31-120000_users`. */
export const numberOf = (name: string): number =>
  Number((/^\d+(?:-\d+)*(?=_)/.exec(name)?.[0] ?? /^\d+/.exec(name)?.[0] ?? "NaN").replaceAll("-", ""));
