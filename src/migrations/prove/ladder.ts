import pg from "pg";
import { ident, literal } from "./scratch/quote.ts";
import { type ScratchServer, withAdmin } from "./scratch/scratch-server.ts";

/**
 * The statements that a service sends, each prepared on an open connection before a change and looked at again after it: the prepared
 * one and a new one are executed and rolled back, and what they answer and write is compared with what they did before.
 */
export type LadderSession = Readonly<{
  /** Why it cannot testify: statements that do not run on the schema as it is. */
  unfit: string | null;
  /** What is otherwise than before, statement by statement. */
  again: () => Promise<readonly string[]>;
  close: () => Promise<void>;
}>;

export type LadderOrder = Readonly<{
  server: ScratchServer;
  database: string;
  role: string;
  /** A leading comment `-- values: [1, "a"]` gives the parameters. */
  queries: readonly string[];
}>;

type Seen = Readonly<{
  error: string | null;
  fields: readonly string[];
  rows: readonly string[];
  written: readonly string[];
}>;

/** Opens the ladder: prepares and runs every statement, twice, so that what changes by itself is known. */
export async function ladder(order: LadderOrder): Promise<LadderSession> {
  const old = await openAs(order);
  const first: Seen[] = [];
  const second: Seen[] = [];
  for (const [nth, query] of order.queries.entries()) first.push(await look(old, { query, name: `q${nth}` }));
  for (const [nth, query] of order.queries.entries()) second.push(await look(old, { query, name: `q${nth}` }));
  const broken = order.queries.flatMap((query, nth) =>
    first[nth]?.error == null ? [] : [`${brief(query)}: ${first[nth]?.error}`],
  );
  return {
    unfit: broken.length === 0 ? null : `its statements fail on the schema as it is: ${broken.join("; ")}`,
    again: async () => {
      const found: string[] = [];
      const fresh = await openAs(order).catch((error: unknown) => wordsOf(error));
      try {
        for (const [nth, query] of order.queries.entries()) {
          const [was, twice] = [first[nth], second[nth]];
          if (was === undefined || twice === undefined || was.error !== null) continue;
          // On a connection that was open: what it prepared. On a new one: what it prepares now.
          const prepared = await look(old, { query, name: `q${nth}` });
          found.push(...differences(query, "prepared before", { was, twice, is: prepared }));
          if (typeof fresh === "string") found.push(`${brief(query)}: no new session: ${fresh}`);
          else found.push(...differences(query, "anew", { was, twice, is: await look(fresh, { query, name: null }) }));
        }
      } finally {
        if (typeof fresh !== "string") await fresh.client.end().catch(() => undefined);
      }
      return [...new Set(found)];
    },
    close: () => old.client.end().catch(() => undefined),
  };
}

type Session = Readonly<{ client: pg.Client; tables: readonly string[]; role: string }>;

/** A superuser's session that has become the role, as its own sessions are set, so that it can look behind row security too. */
async function openAs({ server, database, role }: LadderOrder): Promise<Session> {
  const { settings, tables } = await withAdmin(server, database, async (admin) => {
    const { rows } = await admin.query<{ setting: string }>(
      `select unnest(setconfig) as setting from pg_db_role_setting s join pg_roles r on r.oid = setrole where rolname = $1`,
      [role],
    );
    const { rows: found } = await admin.query<{ name: string }>(
      `select format('%I.%I', nspname, relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
       where relkind in ('r', 'p') and nspname !~ '^pg_' and nspname <> 'information_schema' and relispartition = false
         and relname !~ '^sampan_(migrations|fence|batches)' order by 1`,
    );
    return { settings: rows.map(({ setting }) => setting), tables: found.map(({ name }) => name) };
  });
  const client = new pg.Client({ connectionString: server.url(database), application_name: "sampan" });
  client.on("error", () => undefined);
  await client.connect();
  await client.query(`set session authorization ${ident(role)}`);
  for (const setting of settings) {
    const at = setting.indexOf("=");
    await client.query("select set_config($1, $2, false)", [setting.slice(0, at), setting.slice(at + 1)]);
  }
  return { client, tables, role };
}

/** Executes one statement in a transaction that is rolled back, and sees what it answered and what it wrote. */
async function look(
  session: Session,
  { query, name }: Readonly<{ query: string; name: string | null }>,
): Promise<Seen> {
  const { client } = session;
  const values = valuesOf(query);
  await client.query("begin");
  try {
    const writes = /\b(insert|update|delete|merge|truncate)\b/i.test(query);
    const before = writes ? await rowsOf(session) : new Map<string, number>();
    await client.query("savepoint own");
    const answer = await client.query<unknown[]>({
      text: query,
      values: [...values],
      rowMode: "array",
      ...(name === null ? {} : { name }),
    });
    const after = writes ? await rowsOf(session) : before;
    const rows = answer.rows.map((row) => JSON.stringify(row, plain));
    return {
      error: null,
      fields: answer.fields.map((field) => `${field.name} ${field.dataTypeID}`),
      // Without an order any order is right.
      rows: /\border\s+by\b/i.test(query) ? rows : rows.sort(),
      written: difference(before, after),
    };
  } catch (error) {
    return { error: wordsOf(error), fields: [], rows: [], written: [] };
  } finally {
    await client.query("rollback").catch(() => undefined);
  }
}

/** Every row of every table there was, as the superuser sees it, by the columns there were. */
async function rowsOf(session: Session): Promise<Map<string, number>> {
  const { client, tables, role } = session;
  await client.query("reset session authorization");
  try {
    const counts = new Map<string, number>();
    for (const table of tables) {
      const there = await client.query("select to_regclass($1) is not null as there", [table]);
      if (there.rows[0]?.there !== true) continue;
      const { rows } = await client.query<{ row: string }>(
        `select ${literal(table)} || ' ' || to_jsonb(t)::text as row from ${table} t limit 1000`,
      );
      for (const { row } of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
    }
    return counts;
  } finally {
    await client.query(`set session authorization ${ident(role)}`);
  }
}

const difference = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .flatMap((row) => {
      const more = (after.get(row) ?? 0) - (before.get(row) ?? 0);
      return more === 0 ? [] : [`${more > 0 ? "+" : "-"}${row}`];
    })
    .sort();

type Compared = Readonly<{ was: Seen; twice: Seen; is: Seen }>;

function differences(query: string, how: string, { was, twice, is }: Compared): readonly string[] {
  const tell = (text: string): readonly string[] => [`${brief(query)} (${how}): ${text}`];
  if (is.error !== null) return tell(is.error);
  if (was.fields.join() !== is.fields.join())
    return tell(`answers columns ${namesOf(is.fields)}, before ${namesOf(was.fields)}`);
  if (was.rows.length !== is.rows.length) return tell(`answers ${is.rows.length} rows, before ${was.rows.length}`);
  if (!same(was.rows, twice.rows, is.rows)) return tell("answers other values");
  const [old, again, now] = [was.written, twice.written, is.written].map((rows) => rows.map(parsed));
  if (old === undefined || again === undefined || now === undefined) return [];
  if (old.length !== now.length) return tell(`writes ${now.length} rows, before ${old.length}`);
  const changed = old.flatMap((row, nth) => cellsChanged(row, again[nth] ?? row, now[nth] ?? {}));
  return changed.length === 0 ? [] : tell(`writes other values: ${[...new Set(changed)].join(", ")}`);
}

/** Cells that differ between the two runs before the change (sequences, clocks) say nothing. */
function same(was: readonly string[], twice: readonly string[], is: readonly string[]): boolean {
  return was.every((row, nth) => {
    const [a, b, c] = [row, twice[nth] ?? row, is[nth] ?? ""].map((text) => JSON.parse(text) as unknown[]);
    return (a ?? []).every(
      (cell, at) =>
        JSON.stringify(cell) !== JSON.stringify(b?.[at]) || JSON.stringify(cell) === JSON.stringify(c?.[at]),
    );
  });
}

type Row = Readonly<Record<string, unknown>>;

const parsed = (text: string): Row => {
  const at = text.indexOf(" {");
  return { "": text.slice(0, at), ...(JSON.parse(text.slice(at + 1)) as Row) };
};

/** Of the columns that were there; new ones are no business of old code. */
const cellsChanged = (was: Row, twice: Row, is: Row): readonly string[] =>
  Object.keys(was).filter((key) => {
    const [a, b, c] = [was[key], twice[key], is[key]].map((cell) => JSON.stringify(cell));
    return a === b && a !== c;
  });

const namesOf = (fields: readonly string[]): string => fields.map((field) => field.split(" ")[0]).join(", ");

const brief = (query: string): string =>
  query
    .replaceAll(/^\s*--.*$/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 200);

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

const wordsOf = (error: unknown): string =>
  error instanceof pg.DatabaseError
    ? `${error.message} (${error.code})`
    : error instanceof Error
      ? error.message
      : String(error);
