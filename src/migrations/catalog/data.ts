import type pg from "pg";
import type { Loss } from "../../plan/plan.ts";
import type { Catalog } from "./catalog.ts";

/** Sums over the rows of each table, column by column, so that a loss can be named. Only for small data: it reads all of it. */
export type DataSums = Readonly<Record<string, TableSum>>;

type TableSum = Readonly<{
  rows: number;
  columns: Readonly<Record<string, Readonly<{ values: number; sum: string }>>>;
}>;

/** Of the tables and columns of `of`, as far as they are there: the old columns of a schema that has moved on. */
export async function dataSums(client: pg.ClientBase, of: Catalog): Promise<DataSums> {
  const { rows: there } = await client.query<{ name: string; columns: string[] }>(
    `select quote_ident(nspname) || '.' || quote_ident(relname) as name,
       array(select quote_ident(attname) from pg_attribute a where a.attrelid = c.oid and attnum > 0 and not attisdropped) as columns
     from pg_class c join pg_namespace n on n.oid = relnamespace where relkind in ('r', 'p')`,
  );
  const present = new Map(there.map(({ name, columns }) => [name, new Set(columns)]));
  const parts = Object.entries(of.tables).flatMap(([name, table]) => {
    const columns = present.get(name);
    if (columns === undefined || table.kind === "foreign") return [];
    const sums = table.columns
      .filter((column) => columns.has(column.name))
      .map(
        ({ name: column }) =>
          `${literal(column)}, json_build_object('values', count(${column}), 'sum', md5(coalesce(string_agg(${column}::text, e'\\x01' order by ${column}::text collate "C"), '')))`,
      );
    // A function takes at most 100 arguments.
    const chunks: string[] = [];
    for (let at = 0; at < sums.length; at += 40)
      chunks.push(`jsonb_build_object(${sums.slice(at, at + 40).join(", ")})`);
    const all = chunks.length === 0 ? "'{}'::jsonb" : chunks.join(" || ");
    return [
      `select ${literal(name)} as name, json_build_object('rows', count(*), 'columns', ${all}) as sum from ${name}`,
    ];
  });
  const sums: Record<string, TableSum> = {};
  for (let at = 0; at < parts.length; at += 50) {
    const { rows } = await client.query<{ name: string; sum: TableSum }>(parts.slice(at, at + 50).join(" union all "));
    for (const { name, sum } of rows) sums[name] = sum;
  }
  return sums;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What of the first is not in the second any more: rows, or the values of a column. Pure. */
export function lostData(before: DataSums, after: DataSums): readonly Loss[] {
  return Object.entries(before).flatMap(([table, was]): readonly Loss[] => {
    const is = after[table];
    if (is === undefined) return was.rows === 0 ? [] : [{ table, loss: `the table with ${count(was.rows, "row")}` }];
    if (is.rows !== was.rows) return [{ table, loss: `${count(was.rows, "row")} before, ${is.rows} after` }];
    return Object.entries(was.columns).flatMap(([column, { values, sum }]) => {
      const now = is.columns[column];
      if (now?.sum === sum || (now === undefined && values === 0)) return [];
      const what = now !== undefined && now.values > 0 ? "are others" : "are gone";
      return [{ table, loss: `column ${column}: ${count(values, "value")} ${what}` }];
    });
  });
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
