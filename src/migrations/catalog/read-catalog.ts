import type pg from "pg";
import type { Catalog, Role } from "./catalog.ts";
import { CATALOG_QUERY } from "./catalog-query.ts";

/**
 * Reads the schema of a database: one round trip, some 10 ms, no lock that anybody waits for. Any role may read it. Must not be
 * called inside a transaction of the client's. `also` names roles that count whether or not they are granted anything.
 */
export async function readCatalog(client: pg.ClientBase, also: readonly string[] = []): Promise<Catalog> {
  const begun =
    "begin isolation level repeatable read read only; set local search_path = ''; set local statement_timeout = '30s'";
  const answers = (await client.query(`${begun}; ${CATALOG_QUERY}; commit`).catch(async (error: unknown) => {
    await client.query("rollback").catch(() => undefined);
    throw error;
  })) as unknown as readonly pg.QueryResult<{ catalog: Catalog }>[];
  const catalog = answers[3]?.rows[0]?.catalog;
  if (catalog === undefined) throw new Error("the catalog query answered nothing");
  return { ...catalog, roles: concerned(catalog, also) };
}

/** A cluster holds roles of many databases: those count that own or are granted something here, and what they are members of. */
function concerned(catalog: Catalog, also: readonly string[]): Readonly<Record<string, Role>> {
  const found = new Set<string>();
  // A superuser may do everything, whatever it is a member of: an administrator of a server with several environments is one of all their roles.
  const groupsOf = ({ superuser, memberOf }: Role): readonly string[] => (superuser ? [] : memberOf);
  const add = (name: string): void => {
    if (found.has(name) || catalog.roles[name] === undefined) return;
    found.add(name);
    for (const group of groupsOf(catalog.roles[name])) add(group);
  };
  const addAcl = (acl: readonly string[]): void => {
    for (const entry of acl) add(entry.slice(0, entry.lastIndexOf("=")));
  };
  const { schemas, tables, views, enums, domains, types, functions, sequences } = catalog;
  const owned = [schemas, tables, views, enums, domains, types, functions, sequences].flatMap((kind) =>
    Object.values(kind),
  );
  for (const { owner, acl } of [...owned, catalog.database]) {
    add(owner);
    addAcl(acl);
  }
  for (const { columns } of Object.values(tables)) for (const column of columns) addAcl(column.acl);
  for (const { roles } of Object.values(catalog.policies)) for (const role of roles) add(role);
  for (const [key, acl] of Object.entries(catalog.defaultAcls)) {
    const [, role = ""] = /^("(?:[^"]|"")*"|\S+) /.exec(key) ?? [];
    add(role.startsWith('"') ? role.slice(1, -1).replaceAll('""', '"') : role);
    addAcl(acl);
  }
  for (const role of also) add(role);
  return Object.fromEntries(
    [...found].sort().flatMap((name): readonly (readonly [string, Role])[] => {
      const role = catalog.roles[name];
      return role === undefined ? [] : [[name, { ...role, memberOf: groupsOf(role) }]];
    }),
  );
}
