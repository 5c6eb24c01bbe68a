import pg from "pg";
import type { Catalog } from "../../../src/migrations/catalog/catalog.ts";
import { readCatalog } from "../../../src/migrations/catalog/read-catalog.ts";
import { LOCK_MODES, type LockMode } from "../../../src/migrations/classify/verdict.ts";
import type { Case } from "./corpus.ts";
import { OLD_PREPARED, OLD_QUERIES, OLD_STARS } from "./old-schema.ts";

/** What really happened. */
export type Measured = Readonly<{
  catalog: Catalog;
  /** The strongest on what was there before. */
  mode: LockMode | null;
  rewrite: boolean;
  scan: boolean;
  /** Old queries that fail or return something else, with the SQLSTATE. */
  broken: Readonly<Record<string, string>>;
  /** Live prepared statements, and INSERT … SELECT *. */
  brokenStars: Readonly<Record<string, string>>;
  /** PostgreSQL refused it. */
  refused: string | null;
}>;

export type At = Readonly<{
  /** Of the database that is migrated. */
  owner: string;
  app: string;
  /** What old code is answered without the migration: asked of another copy, as sequences do not roll back. */
  before: Answers;
}>;

export async function measure(one: Case, at: At): Promise<Measured> {
  const owner = await connect(at.owner);
  try {
    const live = await connect(at.app);
    for (const [name, sql] of Object.entries(OLD_PREPARED))
      await live.query({ name, text: sql }).catch(() => undefined);
    const stars = await starAnswers(live);
    const prepared = await prepareAll(live);
    const catalog = await readCatalog(owner);
    const done = await (one.outside === true ? outside(one, owner, at) : inside(one, owner));
    const after = await answersOf(at.app);
    const broken = differences(at.before, after);
    const starsAfter = await starAnswers(live);
    const brokenPrepared = await executeAll(live, prepared, { ...at.before, ...broken });
    await live.end();
    return { catalog, ...done, broken, brokenStars: { ...differences(stars, starsAfter), ...brokenPrepared } };
  } finally {
    await owner.end();
  }
}

/** Each by itself, as an earlier release did it. */
export async function prepareDatabase(url: string, statements: readonly string[]): Promise<void> {
  const client = await connect(url);
  for (const sql of statements) await client.query(sql);
  await client.end();
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  await client.connect();
  await client.query("set statement_timeout = '60s'; set timezone = 'Asia/Tokyo'");
  return client;
}

export type Answers = Readonly<Record<string, string>>;

/** What old code is answered. */
export async function answersOf(url: string): Promise<Answers> {
  const found: Record<string, string> = {};
  let client = await connect(url).catch((error: { code?: string }) => error.code ?? "lost");
  if (typeof client === "string") return { connect: client };
  for (const [name, statements] of Object.entries(OLD_QUERIES)) {
    if (typeof client === "string") break;
    found[name] = await answer(client, statements);
    if (found[name] === "lost") client = await connect(url).catch(() => "lost");
  }
  if (typeof client !== "string") await client.end();
  return found;
}

async function starAnswers(client: pg.Client): Promise<Answers> {
  const found: Record<string, string> = {};
  for (const [name, text] of Object.entries(OLD_PREPARED)) {
    found[`prepared ${name}`] = await client.query({ name, text }).then(
      // Only that it goes on; values are compared by the queries.
      ({ rows }) => `${rows.length} rows`,
      (error: { code?: string }) => error.code ?? "lost",
    );
  }
  for (const [name, statements] of Object.entries(OLD_STARS)) found[name] = await answer(client, statements);
  return found;
}

/** Prepares the old queries that are one statement, as a driver does on an open connection, and runs none of them: their names. */
async function prepareAll(client: pg.Client): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [nth, [name, statements]] of Object.entries(OLD_QUERIES).entries()) {
    if (statements.length > 1) continue;
    const done = await client.query(`prepare old_${nth} as ${statements[0]}`).catch(() => null);
    if (done !== null) names[nth] = name;
  }
  return names;
}

/** Those that fail now, though they work where they are written anew: `known` is what they are answered then. */
async function executeAll(client: pg.Client, names: readonly string[], known: Answers): Promise<Answers> {
  const failed: Record<string, string> = {};
  for (const [nth, name] of Object.entries(names)) {
    if (/^\w{5}$|^lost$|^other result$/.test(known[name] ?? "")) continue;
    const found = await client.query(`begin; execute old_${nth}; rollback`).then(
      () => null,
      (error: { code?: string }) => error.code ?? "lost",
    );
    if (found === null) continue;
    await client.query("rollback").catch(() => undefined);
    failed[`prepared: ${name}`] = found;
  }
  return failed;
}

async function answer(client: pg.Client, statements: readonly string[]): Promise<string> {
  try {
    // One round trip: there are some ten thousand of them.
    const results = (await client.query(`begin; ${statements.join("; ")}; rollback`)) as unknown as pg.QueryResult[];
    const told = results
      .slice(1, -1)
      .map(({ rows, rowCount, fields }) => [
        rows,
        rowCount,
        fields.map(({ name, dataTypeID }) => [name, KINDS[dataTypeID] ?? ""]),
      ]);
    return JSON.stringify(told);
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    return (error as { code?: string }).code ?? "lost";
  }
}

/** What a driver makes another value of; texts of any kind are the same to it. */
const KINDS: Readonly<Record<number, string>> = { 20: "int8", 23: "int4", 1114: "timestamp", 1184: "timestamptz" };

function differences(before: Answers, after: Answers): Answers {
  if (after.connect !== undefined) return { connect: after.connect };
  // What failed before is no code that runs, however it fails now.
  const changed = Object.entries(before).filter(([name, was]) => after[name] !== was && !/^(\w{5}|lost)$/.test(was));
  return Object.fromEntries(
    changed.map(([name]) => [name, /^\w{5}$|^lost$/.test(after[name] ?? "") ? (after[name] ?? "") : "other result"]),
  );
}

type Done = Pick<Measured, "mode" | "rewrite" | "scan" | "refused">;

const FILES = `select c.oid::text as name, pg_relation_filenode(c.oid) as node, pg_relation_size(c.oid) > 0 as filled from pg_class c
  where relkind in ('r', 'm') and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`;
const SCANS = `select coalesce(sum(seq_tup_read + case when idx_tup_fetch > 1 then 1 else 0 end), 0)::int as n from pg_stat_xact_user_tables where relid = any ($1)`;
const LOCKS = `select mode from pg_locks where pid = $1 and locktype = 'relation' and relation = any ($2)`;
const KNOWN = `select array_agg(oid) as oids from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')`;

async function inside(one: Case, owner: pg.Client): Promise<Done> {
  const { rows: pids } = await owner.query("select pg_backend_pid() as pid");
  const known = (await owner.query(KNOWN)).rows[0].oids;
  const files = await nodes(owner);
  // Small tables are else read whole, whatever index there is.
  await owner.query("begin; set local enable_seqscan = off");
  let done: Done = { mode: null, rewrite: false, scan: false, refused: null };
  try {
    // The scratch session of a migration, with its own settings.
    let readBefore = 0;
    for (const [index, sql] of one.sql.entries()) {
      if (index === one.sql.length - 1) readBefore = (await owner.query(SCANS, [known])).rows[0].n as number;
      await owner.query(sql);
      if (index < one.sql.length - 1) continue;
      const locks = await owner.query(LOCKS, [pids[0].pid, known]);
      const read = (await owner.query(SCANS, [known])).rows[0].n as number;
      const now = await nodes(owner);
      const rewrite = [...now].some(([name, node]) => files.has(name) && files.get(name) !== node);
      done = {
        mode: strongest(locks.rows.map(({ mode }) => String(mode))),
        rewrite,
        scan: read > readBefore,
        refused: null,
      };
    }
    await owner.query("commit");
  } catch (error) {
    await owner.query("rollback");
    return { ...done, refused: (error as { code?: string }).code ?? "lost" };
  }
  return done;
}

async function nodes(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query(FILES);
  // An empty file is TRUNCATE's: nothing was written.
  return new Map(rows.filter(({ filled }) => filled === true).map(({ name, node }) => [String(name), String(node)]));
}

/** Somebody who holds all tables makes it wait where the lock that it asks for can be seen. */
async function outside(one: Case, owner: pg.Client, at: At): Promise<Done> {
  const holder = await connect(at.owner);
  const known = (await owner.query(KNOWN)).rows[0].oids;
  const pid = (await owner.query("select pg_backend_pid() as pid")).rows[0].pid;
  const files = await nodes(owner);
  let mode: LockMode | null = null;
  try {
    await holder.query("begin; lock table users, posts, measures, settings in share update exclusive mode");
    const running = owner.query(one.sql.join(";")).then(
      () => null,
      (error: { code?: string }) => error.code ?? "lost",
    );
    let ended = false;
    void running.then(() => {
      ended = true;
    });
    while (mode === null && !ended)
      mode = strongest((await holder.query(LOCKS, [pid, known])).rows.map(({ mode }) => String(mode)));
    await holder.query("rollback");
    const refused = await running;
    const now = await nodes(owner);
    const rewrite = [...now].some(([name, node]) => files.has(name) && files.get(name) !== node);
    return { mode, rewrite, scan: false, refused };
  } finally {
    await holder.end();
  }
}

function strongest(modes: readonly string[]): LockMode | null {
  let most = -1;
  for (const mode of modes) most = Math.max(most, LOCK_MODES.indexOf(mode.replace(/Lock$/, "") as LockMode));
  // AccessShare is what every reader takes.
  return most <= 0 ? null : (LOCK_MODES[most] ?? null);
}
