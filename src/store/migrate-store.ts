import pg from "pg";
import { StepFault } from "../fault.ts";
import type { Clock } from "../io/clock.ts";
import type { Random } from "../io/random.ts";
import { applyThese } from "../migrations/apply-migrations.ts";
import type { Migration } from "../migrations/migration.ts";
import type { MigrationRun } from "../migrations/migration-run.ts";
import { parseScript } from "../migrations/parse-script.ts";
import { ask } from "./ask.ts";
import { urlWith } from "./connect-store.ts";
import type { StoreAddress } from "./store-address.ts";
import type { StoreScript } from "./store-level.ts";

export type StoreMigration = Readonly<{
  /** Connected, and used for nothing else meanwhile. */
  client: pg.Client;
  address: StoreAddress;
  fleet: string;
  schema: string;
  scripts: readonly StoreScript[];
  signal: AbortSignal;
  clock: Clock;
  random: Random;
  log: (line: string) => void;
}>;

/** Makes the tables, or what a newer Sampan needs of them: by the runner that services' migrations are run by, so that of two at once one does it. */
export async function migrateStore(of: StoreMigration): Promise<void> {
  const { client, address, schema, scripts } = of;
  await expectText(client, address.place);
  await makeSchema(client, schema);
  const migrations = await Promise.all(scripts.map(migrationOf));
  const secure =
    (client as unknown as { connection: { stream: { encrypted?: boolean } } }).connection.stream.encrypted === true;
  const tls = address.tls === "prefer" || address.tls === "allow" ? (secure ? "require" : "disable") : address.tls;
  const run: MigrationRun = {
    url: withPassword(urlWith(address, tls), address, client),
    fleet: of.fleet,
    environment: "store",
    service: "the store",
    folder: "",
    files: scripts.map(({ name, sha256 }) => ({ name, sha256, phase: "expand", rollback: null })),
    release: "store",
    operationId: `store/${scripts.at(-1)?.name}`,
    // Nobody overtakes anybody here: whoever comes second finds it done.
    fence: 0,
    schema,
    lockTimeout: 30_000,
    signal: of.signal,
    clock: of.clock,
    random: of.random,
    log: of.log,
  };
  await applyThese(run, migrations);
}

/** A journal holds any text. */
async function expectText(client: pg.Client, place: string): Promise<void> {
  const [row] = await ask<{ encoding: string }>(client, "select current_setting('server_encoding') as encoding");
  const encoding = row?.encoding;
  if (encoding === "UTF8") return;
  throw new StepFault({
    code: "store-encoding",
    message: `the database of the store at ${place} keeps text as ${encoding}: a store needs UTF8`,
    evidence: "create database sampan encoding 'UTF8' template template0",
  });
}

async function makeSchema(client: pg.Client, schema: string): Promise<void> {
  if ((await ask(client, "select from pg_namespace where nspname = $1", [schema])).length > 0) return;
  try {
    await ask(client, `create schema if not exists ${pg.escapeIdentifier(schema)}`);
  } catch (error) {
    // Somebody else's came in between.
    if (!(error instanceof pg.DatabaseError) || error.code !== "23505") throw error;
  }
}

async function migrationOf({ name, text, sha256 }: StoreScript): Promise<Migration> {
  const { script } = await parseScript(`${name}.up.sql`, text);
  const number = Number.parseInt(name, 10);
  return { name, sha256, number, up: script, down: null, irreversible: "a store", batches: null, after: [] };
}

function withPassword(text: string, address: StoreAddress, client: pg.Client): string {
  const url = new URL(text);
  const { host, port, database = "", user = "" } = client;
  try {
    url.password = encodeURIComponent(address.password({ host, port, database, user }));
  } catch {
    // The server let us in without one.
  }
  return url.href;
}
