import { type Kysely, sql } from "kysely";
import type { Tables } from "../sql/tables.ts";

const STATEMENTS = [
  "create table if not exists leases (environment text primary key, token text not null, owner_json text not null, since integer not null, expires_at integer not null)",
  "create table if not exists releases (id text primary key, environment text not null, kind text not null, status text not null, commit_id text, by text not null, created_at integer not null, ended_at integer, plan_json text not null, evidence_json text not null)",
  "create table if not exists journal (release text not null, seq integer not null, record_json text not null, sum text not null, primary key (release, seq))",
  "create table if not exists confirmations (plan_id text not null, item text not null, by text not null, at integer not null, evidence text, note text, primary key (plan_id, item, by))",
  "create table if not exists evidence (key text primary key, environment text not null, service text not null, at integer not null, value_json text not null)",
] as const;

export async function createTables(db: Kysely<Tables>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
