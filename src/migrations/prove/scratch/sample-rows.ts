import pg from "pg";
import type { Catalog, Column, Table } from "../../catalog/catalog.ts";
import { valuesFor } from "./sample-values.ts";

/** Rows a table is given where it has none. */
const ROWS = 5;
/** Values that one row may try for its rules. */
const TRIES = 40;

export type Samples = Readonly<{
  rows: number;
  tables: number;
  empty: readonly Readonly<{ table: string; why: string }>[];
}>;

type ForeignKey = Readonly<{ columns: readonly string[]; parent: string; keys: readonly string[] }>;

/**
 * Gives every empty table rows that satisfy its rules: not null, check, unique, foreign keys, enums and domains. Parents first;
 * deterministic. A table whose rules it cannot guess stays empty, and that is said. As a superuser, outside a transaction.
 */
export async function sampleRows(
  client: pg.Client,
  catalog: Catalog,
  only: ReadonlySet<string> | null = null,
): Promise<Samples> {
  const keys = foreignKeys(catalog);
  const empty: { table: string; why: string }[] = [];
  let rows = 0;
  let tables = 0;
  for (const name of parentsFirst(catalog, keys)) {
    const table = catalog.tables[name];
    if (table === undefined || table.bound !== null || table.kind === "foreign") continue;
    if (only !== null && !only.has(name)) continue;
    const { rowCount } = await client.query(`select from ${name} limit 1`);
    if ((rowCount ?? 0) > 0) continue;
    const made = await fill(client, { catalog, name, table, keys: keys.get(name) ?? [] });
    rows += made.rows;
    if (made.rows > 0) tables += 1;
    else empty.push({ table: name, why: made.why });
  }
  return { rows, tables, empty };
}

function foreignKeys(catalog: Catalog): ReadonlyMap<string, readonly ForeignKey[]> {
  const found = new Map<string, ForeignKey[]>();
  const names = (list: string): readonly string[] => list.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [];
  for (const { table, kind, definition } of Object.values(catalog.constraints)) {
    const [, columns = "", parent = "", keys = ""] =
      /^FOREIGN KEY \((.*?)\) REFERENCES (.+?)\((.*?)\)/.exec(definition) ?? [];
    if (kind !== "f" || table === null) continue;
    const own = found.get(table) ?? [];
    own.push({ columns: names(columns), parent, keys: names(keys) });
    found.set(table, own);
  }
  return found;
}

function parentsFirst(catalog: Catalog, keys: ReadonlyMap<string, readonly ForeignKey[]>): readonly string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const { parent } of keys.get(name) ?? []) visit(parent);
    order.push(name);
  };
  for (const name of Object.keys(catalog.tables).sort()) visit(name);
  return order;
}

type Filling = Readonly<{ catalog: Catalog; name: string; table: Table; keys: readonly ForeignKey[] }>;

async function fill(client: pg.Client, filling: Filling): Promise<Readonly<{ rows: number; why: string }>> {
  let rows = 0;
  let why = "";
  await client.query("begin");
  try {
    for (let nth = 0; nth < ROWS; nth += 1) {
      const failed = await insertOne(client, filling, nth);
      if (failed === null) rows += 1;
      else why = failed;
    }
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    return { rows: 0, why: (error as Error).message };
  }
  return { rows, why };
}

/** Null: a row is there; else what the last try met. */
async function insertOne(
  client: pg.Client,
  { catalog, name, table, keys }: Filling,
  nth: number,
): Promise<string | null> {
  const columns = table.columns.filter(({ generated, identity }) => generated === "" && identity !== "always");
  const referring = new Map<string, string>();
  for (const key of keys) {
    const values = await parentKey(client, key, nth);
    for (const [at, column] of key.columns.entries()) {
      const needed = table.columns.find((other) => other.name === column)?.notNull === true;
      if (values === null && needed) return `its parent ${key.parent} has no row`;
      referring.set(column, values?.[at] ?? "null");
    }
  }
  const rules = rulesOf(catalog, name);
  // The last row leaves out what may be left out.
  const sparse = nth === ROWS - 1;
  const choices = new Map(
    columns.flatMap((column): [string, readonly string[]][] => {
      const given = referring.get(column.name);
      if (given !== undefined) return [[column.name, [given]]];
      if (
        column.default !== null &&
        (sparse || /nextval|gen_random_uuid|uuid_generate|now\(\)|CURRENT/i.test(column.default))
      )
        return [];
      if (sparse && !column.notNull) return [];
      const own = rules.filter((rule) => mentions(rule, column.name));
      const values = valuesFor(column, nth, { catalog, rules: own });
      return [[column.name, column.notNull ? values : [...values, "null"]]];
    }),
  );
  return tryInsert(client, { name, catalog, columns, choices });
}

type Attempt = Readonly<{
  name: string;
  catalog: Catalog;
  columns: readonly Column[];
  choices: ReadonlyMap<string, readonly string[]>;
}>;

/** Tries other values of the columns that a refused row's rule speaks of, one after the other. */
async function tryInsert(client: pg.Client, { name, catalog, columns, choices }: Attempt): Promise<string | null> {
  const at = new Map([...choices.keys()].map((column) => [column, 0]));
  let why = "";
  let quiet = false;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const list = [...choices].map(
      ([column, values]) => [column, values[(at.get(column) ?? 0) % values.length] ?? "null"] as const,
    );
    await client.query("savepoint sample");
    if (quiet) await client.query("set local session_replication_role = replica");
    try {
      await client.query(
        list.length === 0
          ? `insert into ${name} default values`
          : `insert into ${name} (${list.map(([column]) => column).join(", ")}) values (${list.map(([, value]) => value).join(", ")})`,
      );
      await client.query("release savepoint sample");
      return null;
    } catch (error) {
      await client.query("rollback to savepoint sample");
      if (!(error instanceof pg.DatabaseError)) throw error;
      why = error.message;
      // A trigger of theirs says no: the row is wanted all the same.
      if (["P0001", "42501", "42883", "42P01"].includes(error.code ?? "") && !quiet) {
        quiet = true;
        continue;
      }
      const blamed = blamedBy(error, { name, catalog, columns });
      const turn = blamed.filter((column) => (choices.get(column)?.length ?? 0) > 1);
      if (turn.length === 0) return why;
      // Like an odometer: the first column runs through all its values before the next one moves.
      for (const column of turn) {
        const next = (at.get(column) ?? 0) + 1;
        at.set(column, next);
        if (next % (choices.get(column)?.length ?? 1) !== 0) break;
      }
    }
  }
  return why;
}

function blamedBy(error: pg.DatabaseError, { name, catalog, columns }: Omit<Attempt, "choices">): readonly string[] {
  const all = columns.map((column) => column.name);
  if (error.column !== undefined)
    return [`${error.column}`, `"${error.column}"`].filter((column) => all.includes(column));
  const rule =
    catalog.constraints[`${name} ${error.constraint ?? ""}`] ??
    catalog.constraints[`${name} "${error.constraint ?? ""}"`];
  const index = Object.entries(catalog.indexes).find(([full]) => full.endsWith(`.${error.constraint ?? "?"}`))?.[1];
  const definition = rule?.definition ?? index?.definition;
  if (definition === undefined) return all;
  const found = all.filter((column) => mentions(definition, column));
  return found.length > 0 ? found : all;
}

const mentions = (text: string, column: string): boolean =>
  text.split(/[^\w"$]+/).includes(column) || (column.startsWith('"') && text.includes(column));

function rulesOf(catalog: Catalog, name: string): readonly string[] {
  const own = Object.values(catalog.constraints).filter(({ table, kind }) => table === name && kind === "c");
  // A row of a partitioned table must fall into one of its partitions.
  const bounds = Object.values(catalog.tables).filter(({ parents, bound }) => bound !== null && parents.includes(name));
  const key = catalog.tables[name]?.partitionKey ?? "";
  return [...own.map(({ definition }) => definition), ...bounds.map(({ bound }) => `${key} ${bound ?? ""}`)];
}

/** The key of some row of the parent, as literals; null where it has none. */
async function parentKey(
  client: pg.Client,
  { parent, keys }: ForeignKey,
  nth: number,
): Promise<readonly string[] | null> {
  const { rows } = await client.query<{ key: string[] }>(
    `select array[${keys.map((key) => `quote_literal(${key}::text)`).join(", ")}] as key from ${parent} order by ${keys.join(", ")} limit ${ROWS}`,
  );
  return rows.length === 0 ? null : (rows[nth % rows.length]?.key ?? null);
}
