import pg from "pg";
import { expect, test } from "vitest";
import { query, testPostgres } from "../../../../test/postgres.ts";
import { readCatalog } from "../../catalog/read-catalog.ts";
import { sampleRows } from "./sample-rows.ts";

const postgres = testPostgres();

const SCHEMA = `
create type mood as enum ('calm', 'glad', 'sad');
create domain email as text check (value ~ '^[^@]+@[^@]+$');
create table countries (code char(2) primary key check (code = upper(code)), name text not null unique);
create table users (id uuid primary key default gen_random_uuid(), email email not null unique, mood mood not null, age smallint check (age between 18 and 130),
  country char(2) not null references countries, referrer uuid references users, score numeric(3,2) not null check (score > 0), tags text[] not null, "Odd Name" jsonb not null,
  status text not null check (status in ('draft', 'published')), at timestamptz not null default now(), shout text generated always as (upper(status)) stored);
create table orders (id bigint generated always as identity primary key, user_id uuid not null references users, amount bigint not null check (amount <> 0 and amount < 10),
  code varchar(3) not null unique, first_day date not null, last_day date not null, check (last_day >= first_day), url text not null check (url like 'https://%'));
create table lines (order_id bigint references orders, nth int, primary key (order_id, nth), hash text not null check (length(hash) = 64));
create table log (at timestamptz not null, line text not null) partition by range (at);
create table log_2025 partition of log for values from ('2025-01-01') to ('2026-01-01');
create table guarded (id int primary key);
create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end';
create trigger refuse before insert on guarded for each row execute function refuse();
create table impossible (id int primary key check (id > 5 and id < 3));
create table filled (id int primary key); insert into filled values (7);`;

test("fills empty tables with rows that satisfy their rules, the same ones each time, and says where it could not", async () => {
  const dump = async (): Promise<unknown> => {
    const url = await postgres.database();
    await query(url, SCHEMA);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const samples = await sampleRows(client, await readCatalog(client));
      expect(samples.empty.map(({ table }) => table)).toEqual(["public.impossible"]);
      const counts: Record<string, number> = {};
      for (const table of ["countries", "users", "orders", "lines", "log", "guarded", "impossible", "filled"]) {
        const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${table}`);
        counts[table] = rows[0]?.n ?? -1;
      }
      expect(counts).toEqual({
        countries: 5,
        users: 5,
        orders: 5,
        lines: 5,
        log: 5,
        guarded: 5,
        impossible: 0,
        filled: 1,
      });
      return (await client.query("select email, mood, age, country, score, status, tags from users order by email"))
        .rows;
    } finally {
      await client.end();
    }
  };
  const [once, twice] = [await dump(), await dump()];
  expect(twice).toEqual(once);
  expect(new Set((once as { mood: string }[]).map(({ mood }) => mood)).size).toBe(3);
});
