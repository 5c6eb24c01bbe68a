import pg from "pg";
import { existing, look, prepare, type Session, wordsOf } from "./look.ts";
import { ident } from "./scratch/quote.ts";
import { type ScratchServer, withAdmin } from "./scratch/scratch-server.ts";
import { otherwise, type Seen } from "./seen.ts";

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

/** Opens the ladder: prepares and runs every statement, twice, so that what changes by itself is known. */
export async function ladder(order: LadderOrder): Promise<LadderSession> {
  const old = await openAs(order);
  const before = await existing(old);
  for (const [nth, query] of order.queries.entries()) await prepare(old.client, query, `q${nth}`);
  const first: Seen[] = [];
  const second: Seen[] = [];
  for (const [nth, query] of order.queries.entries())
    first.push(await look(old, { query, name: `q${nth}`, tables: before }));
  for (const [nth, query] of order.queries.entries())
    second.push(await look(old, { query, name: `q${nth}`, tables: before }));
  const broken = order.queries.flatMap((query, nth) =>
    first[nth]?.error == null ? [] : [`${brief(query)}: ${first[nth]?.error}`],
  );
  return {
    unfit: broken.length === 0 ? null : `its statements fail on the schema as it is: ${broken.join("; ")}`,
    again: async () => {
      const found: string[] = [];
      const fresh = await openAs(order).catch((error: unknown) => wordsOf(error));
      try {
        const tables = await existing(old).catch(() => null);
        if (tables === null) return ["the connection that was open before is lost"];
        for (const [nth, query] of order.queries.entries()) {
          const [was, twice] = [first[nth], second[nth]];
          if (was === undefined || twice === undefined || was.error !== null) continue;
          const tell = (how: string, now: Seen): void => {
            const what = otherwise({ first: was, second: twice }, now);
            if (what !== null) found.push(`${brief(query)} (${how}): ${what}`);
          };
          // On a connection that was open: what it prepared. On a new one: what it prepares now.
          tell("prepared before", await look(old, { query, name: `q${nth}`, tables }));
          if (typeof fresh === "string") found.push(`${brief(query)}: no new session: ${fresh}`);
          else tell("anew", await look(fresh, { query, name: null, tables }));
        }
      } finally {
        if (typeof fresh !== "string") await fresh.client.end().catch(() => undefined);
      }
      return [...new Set(found)];
    },
    close: () => old.client.end().catch(() => undefined),
  };
}

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

const brief = (query: string): string =>
  query
    .replaceAll(/^\s*--.*$/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 200);
