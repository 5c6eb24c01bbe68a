import type { Acl, Catalog, Owned } from "../../catalog/catalog.ts";
import { ident } from "./quote.ts";

const grantee = (entry: string): string => {
  const name = entry.slice(0, entry.lastIndexOf("="));
  return name === "public" ? "public" : ident(name);
};

const privilege = (entry: string): string => entry.slice(entry.lastIndexOf("=") + 1).replace("*", "");

const option = (entry: string): string => (entry.endsWith("*") ? " with grant option" : "");

/** `on` is `table public.t`, `database x`, …; column rights name their columns. */
function rights(on: string, was: Acl, is: Acl, columns = ""): readonly string[] {
  const gone = was.filter((entry) => !is.includes(entry));
  const come = is.filter((entry) => !was.includes(entry));
  return [
    ...gone.map((entry) => `revoke ${privilege(entry)}${columns} on ${on} from ${grantee(entry)} cascade`),
    // What fell with another's right is given again.
    ...(gone.length > 0 ? is : come).map(
      (entry) => `grant ${privilege(entry)}${columns} on ${on} to ${grantee(entry)}${option(entry)}`,
    ),
  ];
}

/** The statements after which a database's own rights are those of the catalog. Pure. */
export const databaseStatements = (name: string, was: Owned, is: Owned): readonly string[] => [
  ...(was.owner === is.owner ? [] : [`alter database ${ident(name)} owner to ${ident(is.owner)}`]),
  // A change of the owner moves the owner's rights along: all are said anew.
  `revoke all on database ${ident(name)} from public, ${ident(is.owner)}`,
  ...is.acl.map((entry) => `grant ${privilege(entry)} on database ${ident(name)} to ${grantee(entry)}${option(entry)}`),
];

const KINDS: Readonly<Record<string, string>> = {
  r: "tables",
  S: "sequences",
  f: "functions",
  T: "types",
  n: "schemas",
};

/** `ALTER DEFAULT PRIVILEGES` as the catalog has them. Pure. */
export function defaultPrivilegeStatements(defaults: Catalog["defaultAcls"]): readonly string[] {
  return Object.entries(defaults).flatMap(([key, acl]) => {
    const { role, schema, kind } = readDefaultKey(key);
    const words = KINDS[kind];
    if (words === undefined) return [];
    const begin = `alter default privileges for role ${ident(role)}${schema === "" ? "" : ` in schema ${schema}`}`;
    return [
      // Of a whole database they stand in the place of what PostgreSQL gives by itself.
      ...(schema === "" ? [`${begin} revoke all on ${words} from public, ${ident(role)}`] : []),
      ...acl.map((entry) => `${begin} grant ${privilege(entry)} on ${words} to ${grantee(entry)}${option(entry)}`),
    ];
  });
}

/** `role schema kind`, the first two quoted where they need it. */
export function readDefaultKey(key: string): Readonly<{ role: string; schema: string; kind: string }> {
  const [, role = "", schema = "", kind = ""] = /^("(?:[^"]|"")*"|\S+) ("(?:[^"]|"")*"|\S*) (\S)$/.exec(key) ?? [];
  return { role: role.startsWith('"') ? role.slice(1, -1).replaceAll('""', '"') : role, schema, kind };
}

/** Owners and rights that were given by hand, outside any migration: what is there is made as the catalog has it. Pure. */
export function ownershipStatements(want: Catalog, have: Catalog): readonly string[] {
  const statements: string[] = [];
  const each = (word: (name: string) => string, is: Record<string, Owned>, was: Record<string, Owned>): void => {
    for (const [name, wanted] of Object.entries(is)) {
      const found = was[name];
      if (found === undefined) continue;
      const on = word(name);
      const moved = found.owner !== wanted.owner;
      // Its sequences move with a table.
      if (moved) statements.push(`alter ${on} owner to ${ident(wanted.owner)}`);
      const swap = (entry: string): string =>
        moved && entry.startsWith(`${found.owner}=`) ? `${wanted.owner}${entry.slice(found.owner.length)}` : entry;
      statements.push(...rights(on, found.acl.map(swap), wanted.acl));
    }
  };
  each((name) => `schema ${name}`, want.schemas, have.schemas);
  each((name) => `table ${name}`, { ...want.tables, ...want.views }, { ...have.tables, ...have.views });
  const free = Object.entries(want.sequences).filter(([, { ownedBy }]) => ownedBy === null);
  for (const [name, { owner }] of free)
    if (have.sequences[name] !== undefined && have.sequences[name].owner !== owner)
      statements.push(`alter sequence ${name} owner to ${ident(owner)}`);
  for (const [name, { acl }] of Object.entries(want.sequences)) {
    const found = have.sequences[name];
    if (found !== undefined && want.sequences[name]?.owner === found.owner)
      statements.push(...rights(`sequence ${name}`, found.acl, acl));
  }
  const routines = (catalog: Catalog) =>
    Object.fromEntries(Object.entries(catalog.functions).filter(([, { kind }]) => kind !== "aggregate"));
  each((name) => `routine ${name}`, routines(want), routines(have));
  for (const [name, table] of Object.entries(want.tables)) {
    for (const column of table.columns) {
      const found = have.tables[name]?.columns.find((other) => other.name === column.name);
      if (found !== undefined) statements.push(...rights(`table ${name}`, found.acl, column.acl, ` (${column.name})`));
    }
  }
  return statements;
}
