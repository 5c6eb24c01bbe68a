import type { MigrationFile } from "../plan/plan.ts";
import { numberOf } from "./migration.ts";
import type { Read } from "./reading.ts";

/** What another tool's own table says: the tool, and which migrations it has applied. */
export type ToolRecords = Readonly<{
  tool: string;
  /** As people look it up. */
  table: string;
  /** How many the table names. */
  count: number;
  has: (migration: MigrationFile) => boolean;
  /** Why the table cannot be relied on; null: it can. */
  unclear: string | null;
}>;

type Row = Readonly<Record<string, unknown>>;

type Tool = Readonly<{
  tool: string;
  /** Schema, where it is not the session's. */
  schema: string | null;
  table: string;
  /** Columns that tell it from another tool's table of that name. */
  columns: readonly string[];
  read: (rows: readonly Row[]) => Readonly<{ has: ToolRecords["has"]; unclear?: string | null; count?: number }>;
}>;

const byName = (names: readonly string[]): { has: ToolRecords["has"] } => {
  const known = new Set(names.map((name) => name.replace(/\.(?:sql|js|ts|mjs|cjs)$/, "")));
  return { has: ({ name }) => known.has(name) };
};

const byNumbers = (versions: readonly unknown[]): { has: ToolRecords["has"] } => {
  const known = new Set(versions.map((version) => Number(String(version).replaceAll("-", ""))));
  return { has: ({ name }) => known.has(numberOf(name)) };
};

const TOOLS: readonly Tool[] = [
  {
    ...{ tool: "Prisma", schema: null, table: "_prisma_migrations" },
    columns: ["migration_name", "finished_at", "rolled_back_at"],
    read: (rows) => {
      const whole = rows.filter((row) => row.finished_at !== null && row.rolled_back_at === null);
      const failed = rows.find((row) => row.finished_at === null && row.rolled_back_at === null);
      return {
        ...byName(whole.map((row) => String(row.migration_name))),
        count: whole.length,
        unclear: failed === undefined ? null : `${String(failed.migration_name)} was begun and never finished`,
      };
    },
  },
  {
    ...{ tool: "drizzle", schema: "drizzle", table: "__drizzle_migrations", columns: ["hash", "created_at"] },
    read: (rows) => {
      const hashes = new Set(rows.map((row) => String(row.hash)));
      return { has: ({ sha256 }) => hashes.has(sha256) };
    },
  },
  {
    ...{ tool: "node-pg-migrate", schema: null, table: "pgmigrations", columns: ["name", "run_on"] },
    read: (rows) => byName(rows.map((row) => String(row.name))),
  },
  {
    ...{ tool: "golang-migrate", schema: null, table: "schema_migrations", columns: ["version", "dirty"] },
    // One row: the newest.
    read: ([row]) => ({
      has: ({ name }) => row !== undefined && numberOf(name) <= Number(row.version),
      unclear: row?.dirty === true ? `version ${String(row.version)} is marked dirty` : null,
    }),
  },
  {
    ...{ tool: "dbmate", schema: null, table: "schema_migrations", columns: ["version"] },
    read: (rows) => byNumbers(rows.map((row) => row.version)),
  },
  {
    ...{ tool: "Diesel", schema: null, table: "__diesel_schema_migrations", columns: ["version", "run_on"] },
    read: (rows) => byNumbers(rows.map((row) => row.version)),
  },
  {
    ...{ tool: "goose", schema: null, table: "goose_db_version", columns: ["version_id", "is_applied"] },
    read: (rows) => {
      const last = new Map(rows.map((row) => [Number(row.version_id), row.is_applied === true]));
      const applied = [...last].flatMap(([version, done]) => (done && version > 0 ? [version] : []));
      return { ...byNumbers(applied), count: applied.length };
    },
  },
  {
    ...{ tool: "Knex", schema: null, table: "knex_migrations", columns: ["name", "batch"] },
    read: (rows) => byName(rows.map((row) => String(row.name))),
  },
];

/** What other tools have written down in a database; those whose table is empty are left out. */
export async function toolRecords(ask: Read): Promise<readonly ToolRecords[]> {
  const found: ToolRecords[] = [];
  const seen = new Set<string>();
  for (const { tool, schema, table, columns, read } of TOOLS) {
    const [there] = await ask<{ quoted: string | null; columns: readonly string[] | null }>(
      `select c.oid::regclass::text as quoted, (select array_agg(a.attname::text) from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
       from pg_class c where c.oid = to_regclass(coalesce(quote_ident($1::text), quote_ident(current_schema())) || '.' || quote_ident($2::text))`,
      [schema, table],
    );
    if (there?.quoted == null || seen.has(there.quoted)) continue;
    if (!columns.every((column) => there.columns?.includes(column))) continue;
    seen.add(there.quoted);
    const rows = await ask<Row>(`select * from ${there.quoted}`);
    if (rows.length === 0) continue;
    const known = read(rows);
    found.push({
      tool,
      table: there.quoted,
      count: known.count ?? rows.length,
      has: known.has,
      unclear: known.unclear ?? null,
    });
  }
  return found;
}
