import type pg from "pg";
import { storeFault } from "../engine/postgres/lost.ts";
import { schemaOf } from "../engine/postgres/schema.ts";
import { ask } from "./ask.ts";
import { connectStore } from "./connect-store.ts";
import type { StoreAddress } from "./store-address.ts";
import { type Level, storeLevel } from "./store-level.ts";

/** What is to be known of a team's store before a release relies on it. `wrong`: what keeps it from working, and what to do about it. */
export type StoreLook = Readonly<{ seen: string; wrong: Readonly<{ what: string; hint: string }> | null }>;

type Row = Readonly<{
  version: string;
  encrypted: boolean;
  fsync: string;
  read_only: string;
  schema_there: boolean;
  may_make: boolean;
  may_use: boolean;
  lacks: readonly string[];
}>;

/** Reads, and changes nothing. @throws StepFault `store-…` */
export async function lookAtStore(address: StoreAddress, fleet: string): Promise<StoreLook> {
  const { place } = address;
  let client: pg.Client | null = null;
  try {
    client = await connectStore(address);
    const schema = schemaOf(fleet);
    const level = await storeLevel(client, { schema, place });
    const [row] = await ask<Row>(client, QUERY, [schema]);
    if (row === undefined) throw new Error("no answer");
    return { seen: seenOf(row, { place, schema, level }), wrong: wrongWith(row, schema) };
  } catch (error) {
    throw storeFault(error, place);
  } finally {
    await client?.end().catch(() => undefined);
  }
}

const QUERY = `
select current_setting('server_version') as version,
  coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
  current_setting('fsync') as fsync,
  current_setting('transaction_read_only') as read_only,
  s.there is not null as schema_there,
  has_database_privilege(current_database(), 'create') as may_make,
  s.there is not null and has_schema_privilege(s.there, 'usage') as may_use,
  coalesce((
    select array_agg(c.relname::text || ': ' || r.name order by c.relname, r.name)
    from pg_class c, unnest(array['select', 'insert', 'update', 'delete']) r (name)
    where c.relnamespace = s.there and c.relkind = 'r' and c.relname not like 'sampan\\_%' and not has_table_privilege(c.oid, r.name)
  ), '{}') as lacks
from (select (select oid from pg_namespace where nspname = $1) as there) s`;

function seenOf(
  { version, encrypted }: Row,
  { place, schema, level }: Readonly<{ place: string; schema: string; level: Level }>,
): string {
  const tables = level.applied.length === 0 ? "no tables yet" : `tables of ${level.applied.at(-1)}`;
  const older = level.kind === "behind" && level.applied.length > 0 ? ", older than this Sampan" : "";
  return `PostgreSQL ${version} at ${place}, ${encrypted ? "over TLS" : "without TLS"}; schema ${schema}: ${tables}${older}`;
}

function wrongWith(row: Row, schema: string): StoreLook["wrong"] {
  if (row.read_only === "on") return { what: "it can only be read", hint: "name the primary, not a standby" };
  if (!row.schema_there && !row.may_make) {
    const what = `there is no schema ${schema}, and its user may not make one`;
    return { what, hint: `create schema "${schema}" authorization its user` };
  }
  if (row.schema_there && !row.may_use)
    return { what: `its user may not use the schema ${schema}`, hint: `grant usage on schema "${schema}" to its user` };
  if (row.lacks.length > 0) {
    const what = `its user lacks rights on ${row.lacks.join(", ")}`;
    return { what, hint: `grant select, insert, update, delete on all tables in schema "${schema}" to its user` };
  }
  if (row.fsync !== "off") return null;
  return { what: "its server may lose what it has said was written (fsync = off)", hint: "set fsync = on" };
}
