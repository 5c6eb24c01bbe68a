import pg from "pg";
import { SCHEMA } from "../engine/postgres/schema.ts";
import { StepFault } from "../fault.ts";
import { sha256 } from "../io/digest.ts";
import { ask } from "./ask.ts";

/** `behind`: tables are missing, or of an older Sampan. */
export type Level = Readonly<{ kind: "current" | "behind"; applied: readonly string[] }>;

/** One migration of the store's own tables. */
export type StoreScript = Readonly<{ name: string; text: string; sha256: string }>;

export const KNOWN: readonly StoreScript[] = SCHEMA.map(({ name, sql }) => ({ name, text: sql, sha256: sha256(sql) }));

/** How far the tables in this schema are. @throws StepFault `store-newer`, `store-encoding` */
export async function storeLevel(
  client: pg.Client,
  { schema, place, known = KNOWN }: Readonly<{ schema: string; place: string; known?: readonly StoreScript[] }>,
): Promise<Level> {
  const rows = await recordsIn(client, schema);
  const applied = rows.filter(({ state }) => state === "applied");
  const unknown = applied.filter(
    ({ name, sha256: hash }) => !known.some((own) => own.name === name && own.sha256 === hash),
  );
  if (unknown.length > 0) {
    throw new StepFault({
      code: "store-newer",
      message: `the store at ${place} has tables of a newer Sampan (${unknown.map(({ name }) => name).join(", ")}; this one knows ${known.at(-1)?.name})`,
      evidence: "use that version here as well",
      retry: "never",
    });
  }
  const names = applied.map(({ name }) => name);
  return { kind: names.length === known.length ? "current" : "behind", applied: names };
}

type Record = Readonly<{ name: string; sha256: string; state: string }>;

async function recordsIn(client: pg.Client, schema: string): Promise<readonly Record[]> {
  try {
    const table = `${pg.escapeIdentifier(schema)}.sampan_migrations`;
    return await ask<Record>(client, `select name, sha256, state from ${table} order by name`);
  } catch (error) {
    // No such schema, or no such table.
    if (error instanceof pg.DatabaseError && (error.code === "3F000" || error.code === "42P01")) return [];
    throw error;
  }
}
