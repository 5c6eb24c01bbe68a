import pg from "pg";
import { ident, literal } from "./scratch/quote.ts";
import type { Seen, Standing } from "./seen.ts";

/** A superuser's session that has become the role. */
export type Session = Readonly<{ client: pg.Client; tables: readonly string[]; role: string }>;

/** Of the tables there were, those that are still there. */
export async function existing({ client, tables, role }: Session): Promise<readonly string[]> {
  const { rows } = await asSuperuser<{ name: string }>(
    { client, role },
    `select t as name from unnest(array[${tables.map(literal).join(", ")}]::text[]) t where to_regclass(t) is not null`,
  );
  return rows.map(({ name }) => name);
}

/** What PREPARE takes; anything else is sent as it is each time. */
const preparable = (query: string): boolean =>
  /^\s*(with|select|insert|update|delete|merge|values|table)\b/i.test(bare(query));

const bare = (query: string): string => query.replaceAll(/^\s*--.*$/gm, "");

/** One that has parameters is prepared when it is first sent. What cannot be prepared says so when it is looked at. */
export async function prepare(client: pg.Client, query: string, name: string): Promise<void> {
  if (valuesOf(query).length === 0 && preparable(query))
    await client.query(`prepare ${name} as ${query}`).catch(() => undefined);
}

type Looking = Readonly<{ query: string; name: string | null; tables: readonly string[] }>;

/** Executes one statement in a transaction that is rolled back, and sees what it answered and what it wrote. */
export async function look(session: Session, { query, name, tables }: Looking): Promise<Seen> {
  const values = valuesOf(query);
  // Without an order any order is right.
  const ordered = /\border\s+by\b/i.test(query);
  const dumped = /\b(insert|update|delete|merge|truncate)\b/i.test(query) ? tables : [];
  try {
    const { before, answer, after } = await (values.length > 0
      ? withValues(session, { query, name, values, dumped })
      : atOnce(session, { query: name !== null && preparable(query) ? `execute ${name}` : query, dumped }));
    const written = difference(before, after);
    return {
      error: null,
      fields: answer.fields.map((field) => `${field.name} ${field.dataTypeID}`),
      rows: answer.rows.map((row) => JSON.stringify(row, plain)),
      ordered,
      written,
      stood: standing(before, written),
    };
  } catch (error) {
    await session.client.query("rollback").catch(() => undefined);
    return { error: wordsOf(error), fields: [], rows: [], ordered, written: [], stood: {} };
  }
}

type Answer = pg.QueryArrayResult<unknown[]>;
type Looked = Readonly<{ before: Rows; answer: Answer; after: Rows }>;
type Rows = ReadonlyMap<string, number>;

/** All of it in one round trip: there are thousands of them. */
async function atOnce(
  { client, role }: Session,
  { query, dumped }: Readonly<{ query: string; dumped: readonly string[] }>,
): Promise<Looked> {
  const dump = dumped.length === 0 ? [] : [superuserScript(dumpOf(dumped), role)];
  const text = ["begin", ...dump, query, ...dump, "rollback"].join("\n;\n");
  const answers = (await client.query({ text, rowMode: "array" })) as unknown as readonly Answer[];
  const shift = dump.length * 3;
  const [answer, rest] = [answers[1 + shift], answers.length - 3 - 2 * shift];
  if (answer === undefined || rest !== 0) throw new Error("it is more than one statement");
  return {
    before: counted(answers[2]?.rows ?? [], shift),
    answer,
    after: counted(answers[3 + shift]?.rows ?? [], shift),
  };
}

const counted = (rows: readonly unknown[][], shift: number): Rows => {
  const counts = new Map<string, number>();
  if (shift > 0) for (const [row] of rows) counts.set(String(row), (counts.get(String(row)) ?? 0) + 1);
  return counts;
};

type WithValues = Readonly<{
  query: string;
  name: string | null;
  values: readonly unknown[];
  dumped: readonly string[];
}>;

async function withValues(session: Session, { query, name, values, dumped }: WithValues): Promise<Looked> {
  const { client } = session;
  await client.query("begin");
  const before = await rowsOf(session, dumped);
  const answer = await client.query<unknown[]>({
    text: query,
    values: [...values],
    rowMode: "array",
    ...(name === null ? {} : { name }),
  });
  const after = await rowsOf(session, dumped);
  await client.query("rollback");
  return { before, answer, after };
}

/** Every row of these tables, as the superuser sees it. */
async function rowsOf(session: Session, tables: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  if (tables.length === 0) return counts;
  const { rows } = await asSuperuser<{ row: string }>(session, dumpOf(tables));
  for (const { row } of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
  return counts;
}

const dumpOf = (tables: readonly string[]): string =>
  tables
    .map((table) => `(select ${literal(table)} || ' ' || to_jsonb(t)::text as row from ${table} t limit 1000)`)
    .join(" union all ");

const superuserScript = (sql: string, role: string): string =>
  `reset session authorization; ${sql}; set session authorization ${ident(role)}`;

/** What fails ends its transaction, and the session's role with it. */
async function asSuperuser<Row extends pg.QueryResultRow>(
  { client, role }: Pick<Session, "client" | "role">,
  sql: string,
): Promise<pg.QueryResult<Row>> {
  const answers = (await client.query(superuserScript(sql, role))) as unknown as readonly pg.QueryResult<Row>[];
  const [, answer] = answers;
  if (answer === undefined) throw new Error("three statements have three answers");
  return answer;
}

const difference = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .flatMap((row) => {
      const more = (after.get(row) ?? 0) - (before.get(row) ?? 0);
      return more === 0 ? [] : [`${more > 0 ? "+" : "-"}${row}`];
    })
    .sort();

/** How the tables stood that something went from: each column's values by themselves, in any order. */
function standing(before: Rows, written: readonly string[]): Standing {
  const tables = new Set(written.flatMap((text) => (text.startsWith("-") ? [tableOf(text.slice(1))] : [])));
  const columns = new Map<string, Map<string, string[]>>();
  for (const [text, count] of tables.size === 0 ? [] : before) {
    const table = tableOf(text);
    if (!tables.has(table)) continue;
    const own = columns.get(table) ?? new Map<string, string[]>();
    columns.set(table, own);
    for (const [name, value] of Object.entries(JSON.parse(text.slice(table.length + 1)) as object))
      own.set(name, [...(own.get(name) ?? []), ...Array<string>(count).fill(JSON.stringify(value))]);
  }
  const texts = (own: ReadonlyMap<string, readonly string[]>) =>
    Object.fromEntries([...own].map(([name, values]) => [name, values.toSorted().join("\n")]));
  return Object.fromEntries([...columns].map(([table, own]) => [table, texts(own)]));
}

const tableOf = (text: string): string => text.slice(0, text.indexOf(" {"));

const plain = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

function valuesOf(query: string): readonly unknown[] {
  const [, json] = /^\s*--\s*values:\s*(\[.*\])\s*$/m.exec(query) ?? [];
  if (json === undefined) return [];
  try {
    const values: unknown = JSON.parse(json);
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}

export const wordsOf = (error: unknown): string =>
  error instanceof pg.DatabaseError
    ? `${error.message} (${error.code})`
    : error instanceof Error
      ? error.message
      : String(error);
