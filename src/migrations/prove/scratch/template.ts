import pg from "pg";
import { run as runCommand } from "../../../io/exec.ts";
import { listFolder } from "../../../io/folders.ts";
import { applyMigrations } from "../../apply-migrations.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { compareCatalogs, type Difference } from "../../catalog/compare-catalogs.ts";
import { readCatalog } from "../../catalog/read-catalog.ts";
import type { MigrationRun } from "../../migration-run.ts";
import { readMigrations } from "../../read-migrations.ts";
import type { Ground, ProofCx, Recorded } from "../ground.ts";
import { databaseStatements, defaultPrivilegeStatements, ownershipStatements } from "./privileges.ts";
import { ident, literal } from "./quote.ts";
import { makeRoles } from "./roles.ts";
import { type Samples, sampleRows } from "./sample-rows.ts";
import { inTurn, urlAs, withAdmin } from "./scratch-server.ts";

export type Template = Readonly<{
  /** Nobody is connected to it: it is cloned for every part of a proof. */
  database: string;
  catalog: Catalog;
  /** How the schema came about, and where it is not the environment's. */
  notes: readonly string[];
  samples: Samples;
}>;

/** The environment's schema could not be made here, and why. */
export type NoTemplate = Readonly<{ why: string; differences: readonly string[] }>;

let databases = 0;

/** A name that nobody has on a server that may be another process's too. */
export function freshName(cx: ProofCx): string {
  databases += 1;
  return `sampan_${databases}_${cx.random.hex(4)}`;
}

/**
 * Makes the environment's schema on the scratch server: from the recorded migrations where their files are there, else from a dump;
 * then compares it with the real catalog. What was given by hand (rights, owners) is given here too. Rows come last.
 */
export async function makeTemplate(ground: Ground, cx: ProofCx): Promise<Template | NoTemplate> {
  await inTurn(cx.server, (client) => makeRoles(client, ground.catalog.roles, cx.server));
  const built = await fromMigrations(ground, cx);
  const made = "why" in built ? await fromDump(ground, cx, built) : built;
  if ("why" in made) return made;
  const { database } = made;
  return withAdmin(cx.server, database, async (client) => {
    const seeded = await seed(ground, cx, database);
    const samples = await sampleRows(client, made.catalog);
    return { database, catalog: made.catalog, notes: [...made.notes, ...seeded], samples };
  });
}

type Made = Readonly<{ database: string; catalog: Catalog; notes: readonly string[] }>;

async function fromMigrations(ground: Ground, cx: ProofCx): Promise<Made | NoTemplate> {
  const database = freshName(cx);
  const run: string[] = [];
  try {
    await prepareDatabase(ground, cx, database);
    for (const { service, role, folder, files } of await inTheirOrder(ground.recorded)) {
      await applyMigrations(runOn({ ground, cx, database, service, role, folder, files }));
      run.push(service);
    }
  } catch (error) {
    cx.signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { why: `the recorded migrations do not run on an empty database: ${cx.mask(message)}`, differences: [] };
  }
  return compared({
    ground,
    cx,
    database,
    how: run.length === 0 ? "empty, as there" : "built from the recorded migrations",
  });
}

/** The schema's rights are made the environment's, then nothing may be left that the services could notice. */
async function compared(
  made: Readonly<{ ground: Ground; cx: ProofCx; database: string; how: string }>,
): Promise<Made | NoTemplate> {
  const { ground, cx, database, how } = made;
  return withAdmin(cx.server, database, async (client) => {
    const roles = Object.keys(ground.catalog.roles);
    const first = await readCatalog(client, roles);
    const statements = [
      ...ownershipStatements(ground.catalog, first),
      ...databaseStatements(database, first.database, ground.catalog.database),
    ];
    for (const statement of statements)
      await client.query(statement).catch((error: Error) => cx.log(`${statement}: ${error.message}`));
    const catalog = await readCatalog(client, roles);
    const differences = compareCatalogs(ground.catalog, catalog).filter(({ order }) => !order);
    const { matter, rest } = weigh(differences, catalog);
    if (matter.length > 0) {
      return {
        why: `the schema ${how} is not the environment's`,
        differences: matter.map(({ text }) => text),
      };
    }
    const notes = [how];
    if (rest.length > 0)
      notes.push(`${rest.length} differences in schemas that no migration made, such as: ${rest[0]?.text ?? ""}`);
    return { database, catalog, notes };
  });
}

/** Where other tools that ran here before keep what they applied: no service reads it. */
const OTHER_TOOLS =
  /\.(schema_migrations?|knex_migrations(_lock)?|pgmigrations|_prisma_migrations|__drizzle_migrations|flyway_schema_history|goose_db_version|migrations)(_|\b)/;

/** Schemas that nothing here was made in belong to others: what is in them is said, and no reason to doubt. */
function weigh(
  differences: readonly Difference[],
  built: Catalog,
): Readonly<{ matter: readonly Difference[]; rest: readonly Difference[] }> {
  const own = new Set(
    [built.tables, built.views, built.functions, built.enums, built.domains, built.sequences]
      .flatMap((kind) => Object.keys(kind))
      .map((name) => /^("(?:[^"]|"")*"|[^".]+)\./.exec(name)?.[1] ?? ""),
  );
  const matters = ({ kind, schema, name }: Difference): boolean =>
    !OTHER_TOOLS.test(name) &&
    kind !== "role" &&
    kind !== "extension" &&
    (schema === null ? kind === "default privileges" : own.has(schema));
  return { matter: differences.filter(matters), rest: differences.filter((difference) => !matters(difference)) };
}

async function prepareDatabase(ground: Ground, cx: ProofCx, database: string): Promise<void> {
  const { catalog } = ground;
  await withAdmin(cx.server, "postgres", (client) =>
    client.query(`create database ${ident(database)} template template0`),
  );
  const texts = await recordedTexts(ground.recorded);
  await withAdmin(cx.server, database, async (client) => {
    for (const statement of databaseStatements(database, catalog.database, catalog.database))
      await client.query(statement);
    for (const [name, { owner }] of Object.entries(catalog.schemas)) {
      if (makes(texts, "schema", name)) continue;
      await client.query(`create schema if not exists ${name}`);
      await client.query(`alter schema ${name} owner to ${ident(owner)}`);
    }
    if (catalog.schemas.public === undefined) await client.query("drop schema if exists public");
    for (const [name, { schema }] of Object.entries(catalog.extensions)) {
      if (makes(texts, "extension", name)) continue;
      const there = /^pg_/.test(schema) || catalog.schemas[schema] !== undefined ? ` schema ${schema}` : "";
      await client
        .query(`create extension if not exists ${name}${there}`)
        .catch((error: Error) => cx.log(error.message));
    }
    const have = await readCatalog(client);
    for (const statement of ownershipStatements(
      { ...catalog, tables: {}, views: {}, functions: {}, sequences: {} },
      have,
    ))
      await client.query(statement);
    for (const statement of defaultPrivilegeStatements(catalog.defaultAcls)) await client.query(statement);
  });
}

const makes = (texts: readonly string[], what: string, name: string): boolean => {
  const plain = name.replaceAll('"', "").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`create\\s+${what}\\s+(if\\s+not\\s+exists\\s+)?"?${plain}"?(\\s|;|$)`, "i");
  return texts.some((text) => pattern.test(text));
};

async function recordedTexts(recorded: readonly Recorded[]): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { applied, folders } of recorded) {
    for (const folder of folders) {
      const { migrations } = await readMigrations(folder, { statements: false });
      texts.push(...migrations.filter(({ name }) => applied.some((one) => one.name === name)).map(({ up }) => up.text));
    }
  }
  return texts;
}

type Stretch = Readonly<{ service: string; role: string; folder: string; files: MigrationRun["files"] }>;

/** All services' migrations in the order in which the environment has seen them, each from a folder that has its very file. */
async function inTheirOrder(recorded: readonly Recorded[]): Promise<readonly Stretch[]> {
  const all: (Stretch & { at: number })[] = [];
  for (const { service, role, applied, folders } of recorded) {
    const read = await Promise.all(
      folders.map(async (folder) => ({ folder, ...(await readMigrations(folder, { statements: false })) })),
    );
    for (const { at, release: _, ...file } of applied) {
      const { name, sha256 } = file;
      const found = read.find(({ migrations }) => migrations.some((one) => one.name === name && one.sha256 === sha256));
      if (found === undefined) throw new Error(`${service}: the file of ${name} is in no artifact that ran there`);
      all.push({ service, role, folder: found.folder, files: [file], at });
    }
  }
  all.sort((a, b) => a.at - b.at);
  // One session for what came one after the other from one folder.
  const stretches: Stretch[] = [];
  for (const { at: _, ...one } of all) {
    const last = stretches.at(-1);
    if (last?.service === one.service && last.folder === one.folder)
      stretches[stretches.length - 1] = { ...last, files: [...last.files, ...one.files] };
    else stretches.push(one);
  }
  return stretches;
}

/** A run of migrations on a database of the scratch server, by the code that runs them in the environment. */
export function runOn(
  at: Readonly<{ ground: Ground; cx: ProofCx; database: string }> & Stretch,
  changes: Partial<MigrationRun> = {},
): MigrationRun {
  const { ground, cx } = at;
  return {
    url: urlAs(cx.server, at.role, at.database),
    fleet: ground.fleet,
    environment: ground.environment,
    service: at.service,
    folder: at.folder,
    files: at.files,
    release: "proof",
    operationId: "proof/migrate/0",
    fence: 1,
    signal: cx.signal,
    clock: cx.clock,
    random: cx.random,
    log: cx.log,
    // What is lost on a scratch database is measured, and nobody's.
    confirmed: at.files.map(({ name }) => name),
    ...changes,
  };
}

/** `pg_dump` of the server's own major writes the schema down; what it cannot read as this role, it says. */
async function fromDump(ground: Ground, cx: ProofCx, before: NoTemplate): Promise<Made | NoTemplate> {
  const dumped = await dump(ground, cx);
  if ("why" in dumped) return { ...before, why: `${before.why}; ${dumped.why}` };
  const database = freshName(cx);
  await withAdmin(cx.server, "postgres", (client) =>
    client.query(`create database ${ident(database)} template template0`),
  );
  try {
    await withAdmin(cx.server, database, async (client) => {
      if (ground.catalog.schemas.public === undefined || /create schema public/i.test(dumped.sql))
        await client.query("drop schema public");
      await client.query(dumped.sql);
    });
  } catch (error) {
    const message = error instanceof pg.DatabaseError ? error.message : String(error);
    return { ...before, why: `${before.why}; its dump cannot be loaded: ${message}` };
  }
  const made = await compared({ ground, cx, database, how: "dumped" });
  return "why" in made ? { why: `${before.why}; ${made.why}`, differences: made.differences } : made;
}

async function dump(ground: Ground, cx: ProofCx): Promise<Readonly<{ sql: string }> | Readonly<{ why: string }>> {
  const url = new URL(ground.url);
  const password = decodeURIComponent(url.password);
  url.password = "";
  const own = `/usr/lib/postgresql/${cx.server.major}/bin`;
  const folders = [...((await listFolder(own)) === null ? [] : [own]), ...(process.env.PATH ?? "").split(":")];
  for (const folder of folders.filter((part) => part !== "")) {
    const program = `${folder}/pg_dump`;
    const version = await runCommand({ argv: [program, "--version"], timeout: 10_000 });
    if (version.exitCode !== 0 || Number(/(\d+)/.exec(version.stdout)?.[1]) !== cx.server.major) continue;
    const ran = await runCommand({
      argv: [program, "--schema-only", "--no-publications", "--no-subscriptions", `--dbname=${url.href}`],
      env: { PATH: "/usr/bin:/bin", PGPASSWORD: password, PGCONNECT_TIMEOUT: "10", PGOPTIONS: "-c lock_timeout=200ms" },
      timeout: 120_000,
      signal: cx.signal,
      keep: 64 * 1024 * 1024,
    });
    if (ran.exitCode !== 0) return { why: `pg_dump: ${cx.mask(ran.stderr.trim().split("\n").slice(-2).join(" "))}` };
    // psql's own commands are of no use to a server.
    return { sql: ran.stdout.replaceAll(/^\\.*$/gm, "") };
  }
  return { why: `no pg_dump of PostgreSQL ${cx.server.major} is here to dump it` };
}

/** The services' own ways to fill their tables; one that fails is said, and rows are made up instead. */
async function seed(ground: Ground, cx: ProofCx, database: string): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { service, role, seed: wanted, next } of ground.migrating) {
    if (wanted === null) continue;
    const [program = "", ...args] = wanted.argv;
    const url = urlAs(cx.server, role, database);
    const ran = await runCommand({
      argv: [program === "node" ? process.execPath : program, ...args],
      cwd: wanted.cwd,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? "/",
        ...next?.given,
        DATABASE_URL: url,
        MIGRATION_DATABASE_URL: url,
      },
      timeout: 60_000,
      signal: cx.signal,
      killGroup: true,
    });
    cx.signal.throwIfAborted();
    const said = cx.mask(`${ran.stdout}${ran.stderr}`).trim().split("\n").at(-1) ?? "";
    notes.push(
      ran.exitCode === 0
        ? `${service}: filled by its seed`
        : `${service}: its seed failed (${ran.failure ?? `exit ${ran.exitCode}`}): ${said}`,
    );
  }
  return notes;
}

/** A copy of the template, with the rights of the database itself, which a copy does not take along. */
export async function cloneOf(template: Template, cx: ProofCx, rights: Catalog["database"]): Promise<string> {
  const name = freshName(cx);
  await withAdmin(cx.server, "postgres", async (client) => {
    await client.query(
      `create database ${ident(name)} template ${ident(template.database)}${cx.server.major >= 15 ? " strategy wal_log" : ""}`,
    );
    for (const statement of databaseStatements(name, rights, rights)) await client.query(statement);
  });
  return name;
}

/** Whoever is still connected is thrown out: the proof is over. */
export async function dropDatabases(cx: ProofCx, names: readonly string[]): Promise<void> {
  await withAdmin(cx.server, "postgres", async (client) => {
    for (const name of names)
      await client.query(`drop database if exists ${ident(name)} with (force)`).catch(() => undefined);
  }).catch(() => undefined);
}

/** An empty database that stands for another one of the environment; its role may do anything there. */
export async function otherDatabase(cx: ProofCx, database: string, role: string): Promise<void> {
  await inTurn(cx.server, async (client) => {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [database]);
    const { rowCount: known } = await client.query("select from pg_roles where rolname = $1", [role]);
    if (known === 0) await client.query(`create role ${ident(role)} login`);
    if (role !== cx.server.superuser)
      await client.query(`alter role ${ident(role)} login password ${literal(cx.server.password)}`);
    if (rowCount === 0) await client.query(`create database ${ident(database)} owner ${ident(role)}`);
  });
}
