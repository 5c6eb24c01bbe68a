import type pg from "pg";
import type { Loss } from "../plan/plan.ts";
import { type Losing, losingOf } from "./losses.ts";
import type { Script } from "./migration.ts";
import { parseSql } from "./parse-sql.ts";

/** Asks one statement of the database. */
export type Asking = <Row extends pg.QueryResultRow>(
  text: string,
  values: readonly unknown[],
) => Promise<readonly Row[]>;

/** Counting stops here: whether there is something to lose is the question, not how much exactly. */
const COUNTED = 1_000;

/** The data that these scripts would take away now; with `lock`, nobody can add to it until the transaction ends. */
export async function findLosses(
  scripts: readonly Script[],
  ask: Asking,
  { lock }: Readonly<{ lock: boolean }>,
): Promise<readonly Loss[]> {
  const found = new Map<string, Loss>();
  for (const { text } of scripts) {
    const parsed = await parseSql(text);
    if (parsed.kind === "error") continue;
    for (const losing of parsed.statements.flatMap(({ node }) => losingOf(node))) {
      const loss = await lossOf(losing, ask, lock);
      if (loss !== null) found.set(JSON.stringify(loss), loss);
    }
  }
  return [...found.values()];
}

async function lossOf(losing: Losing, ask: Asking, lock: boolean): Promise<Loss | null> {
  if (losing.kind === "unknown") return { table: "unknown", loss: `${losing.what}: nobody can tell what it loses` };
  const { schema, table } = losing;
  const column = losing.kind === "column" ? losing.column : null;
  const [there] = await ask<{ quoted: string; name: string; column: string | null; gone: boolean }>(
    `select c.oid::regclass::text as quoted, n.nspname || '.' || c.relname as name, quote_ident($3::text) as column,
       $3::text is not null and not exists
         (select from pg_attribute a where a.attrelid = c.oid and a.attname = $3 and not a.attisdropped) as gone
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.oid = to_regclass(coalesce(quote_ident($1::text) || '.', '') || quote_ident($2::text)) and c.relkind in ('r', 'p')`,
    [schema, table, column],
  );
  if (there === undefined || there.gone) return null;
  if (lock) await ask(`lock table ${there.quoted} in access exclusive mode`, []);
  const where = there.column === null ? "" : `where ${there.column} is not null`;
  const [row] = await ask<{ count: number }>(
    `select count(*)::int as count from (select from ${there.quoted} ${where} limit ${COUNTED + 1}) found`,
    [],
  );
  const count = row?.count ?? 0;
  if (count === 0) return null;
  const many = count > COUNTED ? `more than ${COUNTED}` : String(count);
  const what = column === null ? "row" : "value";
  return {
    table: there.name,
    loss: `${column === null ? "" : `column ${column}: `}${many} ${what}${count === 1 ? "" : "s"}`,
  };
}
