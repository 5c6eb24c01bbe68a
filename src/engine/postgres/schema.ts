/**
 * The tables of a store in PostgreSQL, as migrations: each is one transaction, applied once and in this order, and never changed once it was released.
 * A program meets a store whose last one it does not know only when a newer Sampan has been there.
 */
export const SCHEMA = [
  {
    name: "0001_store",
    sql: `
create table leases (
  environment text primary key,
  token text not null,
  owner_json text not null,
  since bigint not null,
  expires_at bigint not null
);
create table releases (
  nth bigint generated always as identity,
  id text primary key,
  environment text not null,
  kind text not null,
  status text not null,
  commit_id text,
  by text not null,
  created_at bigint not null,
  ended_at bigint,
  plan_json text not null,
  evidence_json text not null
);
create index releases_newest on releases (environment, nth);
create table journal (
  release text not null,
  seq integer not null,
  record_json text not null,
  sum text not null,
  primary key (release, seq)
);
create table confirmations (
  plan_id text not null,
  item text not null,
  by text not null,
  at bigint not null,
  evidence text,
  note text,
  primary key (plan_id, item, by)
);
create table evidence (
  key text primary key,
  environment text not null,
  service text not null,
  at bigint not null,
  value_json text not null
);
create index evidence_of on evidence (environment, service);
`,
  },
] as const;

/** Each fleet has a schema of its own: one may run a newer Sampan than another on the same server. */
export const schemaOf = (fleet: string): string => `sampan_${fleet}`;
