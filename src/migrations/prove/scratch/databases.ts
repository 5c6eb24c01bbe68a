import type { Catalog } from "../../catalog/catalog.ts";
import type { ProofCx } from "../ground.ts";
import { databaseStatements } from "./privileges.ts";
import { ident, literal } from "./quote.ts";
import { inTurn, withAdmin } from "./scratch-server.ts";
import type { Template } from "./template.ts";

let databases = 0;

/** A name that nobody has on a server that may be another process's too. */
export function freshName(cx: ProofCx): string {
  databases += 1;
  return `sampan_${databases}_${cx.random.hex(4)}`;
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
