import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { query, testPostgres } from "../../../test/postgres.ts";
import type { Catalog } from "./catalog.ts";
import { catalogHash } from "./catalog-hash.ts";
import { compareCatalogs } from "./compare-catalogs.ts";
import { dataSums, lostData } from "./data.ts";
import { readCatalog } from "./read-catalog.ts";

const postgres = testPostgres();
const NOBODY: ReadonlyMap<string, string> = new Map();

const SCHEMA = `
create role reader; create role writer login;
create schema app;
create type app.mood as enum ('calm', 'glad');
create domain app.email as text check (value like '%@%');
create type app.pair as (a int, b text);
create table app.users (id int generated always as identity primary key, email app.email not null, name varchar(40) default 'nobody', nick varchar(10), mood app.mood,
  shout text generated always as (upper(name)) stored);
create table app.notes (id bigserial primary key, user_id int references app.users, text text, constraint short check (length(text) < 100));
create table app.log (at timestamptz not null, line text) partition by range (at);
create table app.log_1 partition of app.log for values from ('2026-01-01') to ('2027-01-01');
create index notes_of_user on app.notes (user_id) where text is not null;
create view app.mine as select id, text from app.notes;
create materialized view app.counts as select user_id, count(*) as n from app.notes group by 1;
create function app.total(integer) returns bigint language sql stable as 'select count(*) from app.notes where user_id = $1';
create function app.touch() returns trigger language plpgsql as 'begin return new; end';
create aggregate app.total_of (integer) (sfunc = int4pl, stype = integer, initcond = '0');
create trigger touched before update on app.notes for each row execute function app.touch();
create policy own on app.notes for select to reader using (user_id = 1);
create rule quiet as on delete to app.users do also notify gone;
create sequence app.numbers increment 2;
create statistics app.together on user_id, text from app.notes;
grant select on app.users, app.mine to reader;
grant insert (text) on app.notes to writer;
grant reader to writer;
alter default privileges in schema app grant select on tables to reader;
alter role writer set search_path = app;`;

let client: pg.Client;
let before: Catalog;
beforeAll(async () => {
  const url = await postgres.database();
  await query(url, SCHEMA);
  client = new pg.Client({ connectionString: url });
  await client.connect();
  before = await readCatalog(client);
}, 120_000);
afterAll(() => client.end());

/** What `compareCatalogs` says of one statement more. */
async function after(sql: string): Promise<readonly string[]> {
  const was = await readCatalog(client);
  await client.query(sql);
  const is = await readCatalog(client);
  expect(catalogHash(is, NOBODY)).not.toBe(catalogHash(was, NOBODY));
  return compareCatalogs(was, is).map(({ text }) => text);
}

test("two databases made alike have one hash, and no difference", async () => {
  const again = await postgres.database();
  await query(again, SCHEMA.replace(/^create role.*$/m, "").replace("grant reader to writer;", ""));
  const other = new pg.Client({ connectionString: again });
  await other.connect();
  const catalog = await readCatalog(other);
  await other.end();
  expect(compareCatalogs(before, catalog)).toEqual([]);
  expect(catalogHash(catalog, NOBODY)).toBe(catalogHash(before, NOBODY));
});

test("the same schema under roles that are called otherwise has one hash where it is known what they are for", async () => {
  const names = /\b(reader|writer)\b/g;
  const renamed = SCHEMA.replaceAll(names, "other_$1");
  const url = await postgres.database();
  await query(url, renamed);
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  const catalog = await readCatalog(other);
  const purposes = (prefix: string) =>
    new Map([
      [`${prefix}reader`, "<a.READ_URL>"],
      [`${prefix}writer`, "<a.WRITE_URL>"],
    ]);
  // What an administrator of the whole server is a member of says nothing of this database.
  const [admin] = (await other.query<{ name: string }>("select current_user as name")).rows;
  await other.query(`create role of_another_environment; grant of_another_environment to "${admin?.name}"`);
  expect(catalogHash(await readCatalog(other), NOBODY)).toBe(catalogHash(catalog, NOBODY));
  expect(catalogHash(catalog, NOBODY)).not.toBe(catalogHash(before, NOBODY));
  const hash = catalogHash(before, purposes(""));
  expect(catalogHash(catalog, purposes("other_"))).toBe(hash);
  expect(catalogHash(catalog, new Map([["other_reader", "<a.READ_URL>"]]))).not.toBe(hash);
  for (const change of [
    "grant update on app.users to other_reader",
    "grant select on app.log to other_writer",
    "alter table app.notes owner to other_writer",
    "alter policy own on app.notes to other_writer",
    "alter default privileges in schema app grant insert on tables to other_reader",
    "alter role other_writer set search_path = public",
  ]) {
    const was = catalogHash(await readCatalog(other), purposes("other_"));
    await other.query(change);
    expect(catalogHash(await readCatalog(other), purposes("other_")), change).not.toBe(was);
  }
  await other.end();
});

test("tells what is there in full", () => {
  expect(before.tables["app.users"]?.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    "id integer",
    "email app.email",
    "name character varying(40)",
    "nick character varying(10)",
    "mood app.mood",
    "shout text",
  ]);
  expect(before.tables["app.users"]?.acl).toContain("reader=SELECT");
  expect(before.enums["app.mood"]?.values).toEqual(["calm", "glad"]);
  expect(before.roles.writer).toMatchObject({ login: true, memberOf: ["reader"], settings: ["search_path=app"] });
  expect(before.views["app.mine"]?.reads).toEqual(["app.notes"]);
  expect(before.indexes["app.notes_of_user"]).toMatchObject({ valid: true, unique: false, table: "app.notes" });
});

describe("sees what changes", () => {
  test.each([
    ["create table app.more (id int)", "table app.more is there beside"],
    ["alter table app.users add column phone text", "column app.users.phone is there beside"],
    [
      "alter table app.users alter column nick type varchar(80)",
      "column app.users.nick: type is character varying(80), was character varying(10)",
    ],
    ["alter table app.users alter column name set default 'x'", "default is 'x'::character varying"],
    ["alter table app.users alter column email drop not null", "column app.users.email: notNull is false, was true"],
    ["alter table app.users alter column id set generated by default", "identity is by default, was always"],
    ["revoke select on app.users from reader", "table app.users: acl lacks reader=SELECT"],
    ["grant select (email) on app.users to writer", "column app.users.email: acl has also writer=SELECT"],
    ["revoke insert (text) on app.notes from writer", "acl lacks writer=INSERT"],
    ["alter table app.notes enable row level security", "rowSecurity is on, was off"],
    ["alter policy own on app.notes using (user_id = 2)", "using is (user_id = 2), was (user_id = 1)"],
    ["drop policy own on app.notes", "policy app.notes own is missing"],
    ["alter type app.mood add value 'sad' before 'glad'", "enum app.mood: values has also sad"],
    [
      "alter domain app.email add constraint long check (length(value) > 3)",
      "constraint app.email long is there beside",
    ],
    ["alter type app.pair add attribute c int", "type app.pair: definition"],
    [
      "alter table app.notes add constraint known check (user_id > 0) not valid",
      "constraint app.notes known is there beside",
    ],
    ["drop index app.notes_of_user", "index app.notes_of_user is missing"],
    ["create or replace view app.mine as select id, text from app.notes where id > 1", "view app.mine: definition"],
    ["drop materialized view app.counts", "view app.counts is missing"],
    [
      "create or replace function app.total(integer) returns bigint language sql stable as 'select 1::bigint'",
      "function app.total(integer): body",
    ],
    ["alter function app.total(integer) volatile", "function app.total(integer): "],
    ["alter function app.total(integer) security definer", "securityDefiner is true, was false"],
    [
      "revoke execute on function app.total(integer) from public",
      "function app.total(integer): acl lacks public=EXECUTE",
    ],
    ["alter table app.notes disable trigger touched", "enabled is D, was O"],
    ["drop trigger touched on app.notes", "trigger app.notes touched is missing"],
    ["drop rule quiet on app.users", "rule app.users quiet is missing"],
    ["alter sequence app.numbers increment 3", "increment is 3, was 2"],
    ["alter sequence app.numbers owned by app.users.id", "ownedBy is app.users.id"],
    ["drop statistics app.together", "statistics app.together is missing"],
    ["alter table app.notes set (fillfactor = 70)", "options has also fillfactor=70"],
    ["alter table app.users owner to writer", "owner is writer, was postgres"],
    ["alter table app.notes set unlogged", "persistence is unlogged, was permanent"],
    ["alter table app.notes replica identity full", "replicaIdentity is f, was d"],
    ["alter table app.log detach partition app.log_1", "table app.log_1: bound is"],
    ["create collation app.plain (locale = 'C')", "object collation app.plain is there beside"],
    ["alter default privileges in schema app revoke select on tables from reader", "default privileges"],
    [
      "revoke usage on schema app from public; grant usage on schema app to reader",
      "schema app: acl has also reader=USAGE",
    ],
    ["alter table app.notes rename column text to body", "column app.notes.body is there beside"],
    ["drop aggregate app.total_of (integer)", "function app.total_of(integer) is missing"],
  ])("%s", async (sql, text) => {
    const found = await after(sql);
    expect(found.join("\n")).toContain(text);
  });

  test("an index that is not valid, and one that is not unique any more", async () => {
    const url = await postgres.database();
    await query(url, "create table t (a int); insert into t values (1), (1)");
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query("create unique index concurrently u on t (a)").catch(() => undefined);
    const catalog = await readCatalog(other);
    await other.end();
    expect(catalog.indexes["public.u"]).toMatchObject({ valid: false, unique: true });
  });
});

test("data that is gone or changed is named by table and column", async () => {
  const url = await postgres.database();
  await query(
    url,
    "create table t (a int, b text, c text); insert into t values (1, 'x', null), (2, 'y', null); create table u (n int)",
  );
  await query(url, "insert into u values (1)");
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  try {
    const catalog = await readCatalog(other);
    const sums = await dataSums(other, catalog);
    await other.query("alter table t add column d int default 1; update t set a = a");
    expect(lostData(sums, await dataSums(other, catalog))).toEqual([]);
    await other.query(
      "alter table t drop column b, add column b text; alter table t drop column c; update t set a = 3 where a = 2; drop table u",
    );
    expect(lostData(sums, await dataSums(other, catalog))).toEqual([
      { table: "public.t", loss: "column a: 2 values are others" },
      { table: "public.t", loss: "column b: 2 values are gone" },
      { table: "public.u", loss: "the table with 1 row" },
    ]);
    await other.query("delete from t");
    expect(lostData(sums, await dataSums(other, catalog))[0]).toEqual({
      table: "public.t",
      loss: "2 rows before, 0 after",
    });
  } finally {
    await other.end();
  }
});
